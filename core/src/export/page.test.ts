import { expect, test } from 'vitest';
import { Page, keptTogether, toned } from './page.ts';

function lines(width: number, text: string): readonly string[] {
  const page = new Page({ width, colour: false });
  page.paragraph(text, { indent: 2 });
  return page.text().trimEnd().split('\n');
}

test('a word that is longer than the line is cut after a separator where one stands in its second half', () => {
  const path = `C:/${'folder/'.repeat(20)}${'x'.repeat(90)}`;
  const found = lines(60, path);
  expect(found.every((line) => line.length <= 60)).toBe(true);
  expect(found.map((line) => line.trim()).join('')).toBe(path);
  expect(found[0]?.endsWith('/')).toBe(true);
});

test('wide characters fill two cells of the line', () => {
  expect(lines(40, '漢'.repeat(40)).map((line) => line.trim().length)).toEqual([19, 19, 2]);
});

test('a run with its own tone goes on where the line was cut', () => {
  const page = new Page({ width: 40, colour: true });
  page.paragraph([toned('bad', 'y'.repeat(50)), keptTogether('faint', ' tail')]);
  expect(page.text()).toBe(
    `\u001b[1;31m${'y'.repeat(40)}\u001b[0m\n\u001b[1;31m${'y'.repeat(10)}\u001b[0m\u001b[2m tail\u001b[0m\n`,
  );
});

test.each([
  ['one letter', 'x'],
  ['letters with marks', 'e\u0301'],
  ['controls', '\u009b'],
])('a word of megabytes, %s, is laid out in time that grows with its length', (_, part) => {
  const begin = performance.now();
  expect(lines(80, part.repeat(2_000_000 / part.length / (part === '\u009b' ? 6 : 1))).length).toBeGreaterThan(10_000);
  expect(performance.now() - begin).toBeLessThan(6000);
});
