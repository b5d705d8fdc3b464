import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { codeSpan, prose, tableHead, tableRow } from './markdown.ts';

/** What is left of a line when its code spans are taken away. */
function outsideCode(line: string): string {
  return line.replaceAll(/`[^`]*`/g, '');
}

/** Text as evidence can hold it: anything, and often what Markdown reads as its own. */
const evidence = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc
    .array(
      fc.constantFrom(
        '`',
        '``',
        '```',
        '|',
        '\\',
        '\\|',
        '\\`',
        '\n',
        '\r\n',
        ' ',
        '<script>',
        '</td>',
        '<!--',
        '&lt;',
        '[a](b)',
        '![a](b)',
        '@team',
        '#1',
        'GH-1',
        'ABC-12',
        'https://x.example',
        'www.x.example',
        'x.example',
        'a@x.example',
        '**',
        '__',
        '~~',
        '# H',
        '- x',
        '1. x',
        '> x',
        '---',
        '| - | - |',
        '$x$',
        ':tada:',
        '\u202e',
        '\u200b',
        '\u0000',
        '\u001b[2J',
        'word',
        '(',
        ')',
        '"',
        "'",
        'deadbeef',
        '1234567',
        '[^1]: x',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);

describe('a text of the evidence as a code span', () => {
  test('is one line, has no backtick and no pipe inside, and shows what was there', () => {
    fc.assert(
      fc.property(evidence, (text) => {
        const span = codeSpan(text);
        expect(span).toMatch(/^(?:`[^`|\p{Cc}]+`…?|\(empty\))$/u);
      }),
    );
  });

  test('that differs looks different', () => {
    fc.assert(
      fc.property(evidence, evidence, (a, b) => {
        fc.pre(a !== b && codeSpan(a).length < 290 && codeSpan(b).length < 290);
        expect(codeSpan(a)).not.toBe(codeSpan(b));
      }),
    );
  });

  test.each([
    ['a|b', String.raw`\`a\u{7c}b\``.replaceAll('\\`', '`')],
    ['', '(empty)'],
    ['C:\\x\\', '`C:\\x\\`'],
  ])('%j', (text, shown) => expect(codeSpan(text)).toBe(shown));

  test('is cut to a bound, and never inside of an escape', () => {
    for (let most = 1; most < 40; most += 1) {
      const cut = codeSpan('x`y|'.repeat(5000), most);
      expect(cut.length).toBeLessThanOrEqual(most + 3);
      expect(cut.replaceAll(/\\u\{(?:60|7c)\}/g, '')).toMatch(/^`[xy]*`…$/);
    }
  });
});

describe('a sentence with text of the evidence in it', () => {
  test.each([
    [
      'A web shell was placed on the server (/aspnet_client/x.aspx) (and 1 more)',
      'A web shell was placed on the server (`/aspnet_client/x.aspx`) (and 1 more)',
    ],
    ['the forged request, build 15.1.2176.9, 1 January 2021', 'the forged request, build 15.1.2176.9, 1 January 2021'],
    ['first seen on 2021-03-03T04:11:02Z', 'first seen on `2021-03-03T04:11:02Z`'],
    ['usually C:\\inetpub\\logs - or: another', 'usually `C:\\inetpub\\logs` - or: another'],
    ['see https://evil.example and @root', 'see `https://evil.example` and `@root`'],
    ['1. item', '`1`. item'],
    ['attacked from 203.0.113.7', 'attacked from `203.0.113.7`'],
    ['commit deadbeef', 'commit `deadbeef`'],
    ['', '(empty)'],
  ])('%j reads %j', (text, shown) => expect(prose(text)).toBe(shown));

  test('leaves nothing outside of code that a renderer could take for anything but words', () => {
    fc.assert(
      fc.property(evidence, (text) => {
        const line = prose(text);
        expect((line.match(/`/g) ?? []).length % 2).toBe(0);
        expect(outsideCode(line)).toMatch(/^[\p{L}\d .,;:?!'’"()…-]*$/u);
        expect(line).not.toMatch(/^(?:[-+*>#]|\d+[.)])/);
        expect(line).not.toContain('|');
      }),
      { numRuns: 400 },
    );
  });

  test('is bounded, however long the text is', () => {
    for (const text of ['x '.repeat(50_000), '` '.repeat(50_000), '`'.repeat(50_000), 'a/b '.repeat(50_000)]) {
      expect(prose(text, 200).length).toBeLessThan(420);
      expect(prose(text, 200)).toMatch(/…$/);
    }
  });
});

test('a row of a table has as many cells as its head, whatever the cells say', () => {
  fc.assert(
    fc.property(fc.array(evidence, { minLength: 2, maxLength: 5 }), (texts) => {
      const row = tableRow(texts.map((text, at) => (at % 2 === 0 ? codeSpan(text) : prose(text))));
      const [head = ''] = tableHead(texts.map(() => 'Title'));
      expect(row).not.toContain('\n');
      expect(row.split('|')).toHaveLength(head.split('|').length);
    }),
  );
});
