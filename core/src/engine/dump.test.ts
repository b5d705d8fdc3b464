import { expect, test } from 'vitest';
import { memorySource, textBytes } from '../formats/contract.test-support.ts';
import { dump } from './dump.ts';

const STEERING =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;
const HOSTILE = '\u009b31m\u202e\u2066\u007f\u200b\u2028\u00ad\u061c\u{e0041}\u{f0000}\u00a0é漢';

async function dumped(text: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of dump(memorySource(textBytes(text)), 'u_ex210303.log')) lines.push(line);
  return lines;
}

test('a dump shows no character that a terminal would obey, and says the same once it is parsed', async () => {
  const fields =
    '#Version: 1.0\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip sc-status\n';
  const row = `2021-03-03 06:00:00 192.0.2.1 GET /a${HOSTILE} ${HOSTILE} 443 - 192.0.2.2 200`;
  const lines = await dumped(`${fields}#Remark: ${HOSTILE}\n${row}\n`);
  expect(lines.filter((line) => STEERING.test(line))).toEqual([]);
  const shown = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(shown[2]).toMatchObject({ is: 'structure', text: `#Remark: ${HOSTILE}` });
  expect(shown[3]).toMatchObject({ is: 'record', fields: { 'cs-uri-stem': `/a${HOSTILE}`, 'cs-uri-query': HOSTILE } });
  // Letters of all languages stay as they are.
  expect(lines[3]).toContain('é漢');
  expect(lines[3]).toContain(String.raw`\u009b31m\u202e\u2066\u007f`);
  expect(lines[3]).toContain(String.raw`\udb40\udc41`);
});

test('lone surrogates and backslashes keep their meaning', async () => {
  const [line] = await dumped('2021-03-03T06:00:00.000Z nothing reads this\n');
  expect(JSON.parse(line ?? '')).toMatchObject({ is: 'gap', reason: 'unsupported' });
  const [, , text] = await dumped(
    '#Version: 1.0\n#Fields: date time cs-method cs-uri-stem c-ip sc-status\n#\\u009b \\\\u202e\n',
  );
  expect(JSON.parse(text ?? '')).toMatchObject({ text: '#\\u009b \\\\u202e' });
});
