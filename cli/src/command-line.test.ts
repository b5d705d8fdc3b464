import { expect, test } from 'vitest';

import { runCommandLine } from './command-line.ts';
import type { Shell, TextStream } from './terminal.ts';

test('a mistake of ours ends with 70, its stack and a request to report it', async () => {
  const said: string[] = [];
  const err: TextStream = {
    write: (text, done) => {
      said.push(text);
      done();
      return true;
    },
  };
  const out: TextStream = {
    write: (_, done) => {
      done(new TypeError('cannot read\u001b[2J properties of undefined'));
      return true;
    },
  };
  const shell: Shell = { out, err, env: {}, platform: 'linux' };
  expect(await runCommandLine(['packs', 'list'], shell)).toBe(70);
  const text = said.join('');
  expect(text).toMatch(/^afterpatch: a fault of ours, please report it with the lines below\n/);
  expect(text).toMatch(/\n *afterpatch: TypeError: cannot read/);
  expect(text).toMatch(/command-line\.test\.ts:\d+/);
  expect(text).not.toContain('\u001b');
});
