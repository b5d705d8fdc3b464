import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { canonicalJson, casePieces, caseText } from './canonical-json.ts';
import { backdoorPresent } from './samples/cases.ts';

test('the example of RFC 8785 3.2.2 is written as 3.2.4 prints it', () => {
  const given = JSON.parse(String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`) as unknown;
  expect(canonicalJson(given)).toBe(
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
});

test('keys are sorted by UTF-16 code units, as in RFC 8785 3.2.3', () => {
  const given = {
    '\u20ac': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew Letter Dalet With Dagesh',
    '1': 'One',
    '\ud83d\ude00': 'Emoji: Grinning Face',
    '\u0080': 'Control',
    '\u00f6': 'Latin Small Letter O With Diaeresis',
  };
  const values = Object.values(JSON.parse(canonicalJson(given)) as Record<string, string>);
  // JSON.parse moves integer keys to the front; the text has them in order.
  expect(values).toHaveLength(7);
  expect([...canonicalJson(given).matchAll(/:"([^"]*)"/g)].map((m) => m[1])).toEqual([
    'Carriage Return',
    'One',
    'Control',
    'Latin Small Letter O With Diaeresis',
    'Euro Sign',
    'Emoji: Grinning Face',
    'Hebrew Letter Dalet With Dagesh',
  ]);
});

test.each([
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
])('the number with the bits %s is written as RFC 8785 appendix B has it', (bits, text) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${bits}`));
  expect(canonicalJson(view.getFloat64(0))).toBe(text);
});

test('what JSON cannot say is refused, and what is undefined is left out', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, undefined, 1n, () => 1]) {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  }
  expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
});

test('a lone surrogate of UTF-16 evidence comes back as it was', () => {
  expect(canonicalJson('\ud800x')).toBe(String.raw`"\ud800x"`);
  expect(JSON.parse(canonicalJson('\ud800x'))).toBe('\ud800x');
});

test('whatever JSON can say has one spelling, and reads back the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    }),
  );
});

test('a case has the same text however its keys were put in', () => {
  const turned = Object.fromEntries(Object.entries(backdoorPresent).toReversed());
  expect(canonicalJson(turned)).toBe(canonicalJson(backdoorPresent));
  expect(caseText(backdoorPresent)).toBe(`${canonicalJson(backdoorPresent)}\n`);
});

test('a case in pieces is the same text, and no piece grows with the case', () => {
  const [finding] = backdoorPresent.findings;
  if (finding === undefined) throw new Error('the sample has no finding');
  const large = {
    ...backdoorPresent,
    findings: Array.from({ length: 4_000 }, (_, i) => ({ ...finding, id: `f-${i}` })),
  };
  for (const caseFile of [backdoorPresent, large]) {
    const pieces = [...casePieces(caseFile)];
    expect(pieces.join('')).toBe(`${canonicalJson(caseFile)}\n`);
    for (const piece of pieces) expect(piece.length).toBeLessThan(4_000_000);
  }
  expect([...casePieces(large)].length).toBeGreaterThan(3);
});
