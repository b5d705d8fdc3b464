import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { loadPackFolder } from '../cli/src/engine-door.ts';
import { assess } from '../core/src/engine/assess.ts';
import { mutant, seededDice } from '../core/src/formats/contract.test-support.ts';
import type { CaseFile } from '../core/src/model/case-file.ts';
import { gzipped, tarArchive } from '../core/src/specimen/tar-writer.ts';
import { joined, zipArchive } from '../core/src/specimen/zip-writer.ts';
import { openFolder } from '../node/src/folder.ts';
import { nodeHost } from '../node/src/node-host.ts';

const PACK = await loadPackFolder(join(import.meta.dirname, '../packs/exchange-2021-03'));
const MUTANTS = Math.ceil(Number(process.env['AFTERPATCH_MUTANTS'] ?? 200) / 10);
const FIELDS =
  '#Software: Microsoft Internet Information Services 10.0\r\n#Fields: date time cs-method cs-uri-stem s-port c-ip sc-status\r\n';
const ROWS = Array.from(
  { length: 200 },
  (_, at) =>
    `2021-03-03 06:${10 + (at % 50)}:07 ${at % 3 === 0 ? 'POST' : 'GET'} /owa/auth/${at % 7}.aspx 443 198.51.100.7 200\r\n`,
).join('');
const FILES = [
  ['C/inetpub/logs/LogFiles/W3SVC1/u_ex210303.log', FIELDS + ROWS],
  ['C/inetpub/logs/LogFiles/W3SVC2/u_ex210303.log', FIELDS + ROWS.replaceAll(' 443 ', ' 444 ')],
  ['C/inetpub/wwwroot/aspnet_client/system_web/x.aspx', '<%@ Page Language="C#" %>'],
  ['C/inetpub/wwwroot/iisstart.htm', '<html></html>'],
].map(([name = '', text = '']) => ({ name, content: new TextEncoder().encode(text), modified: 1_614_945_600_000_000 }));

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'containers-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function assessed(path: string): Promise<CaseFile> {
  const source = await openFolder(path, { fault });
  return await assess({ sources: [source], packs: [PACK], options: { version: 'test' } }, nodeHost({ fault }));
}

function fault(where: string, error: unknown): never {
  throw new Error(where, { cause: error });
}

function put(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

test('one server as folder, zip and tar.gz has the same hosts, findings and claims', async () => {
  for (const { name, content } of FILES) put(`tree/${name}`, content);
  const plain = await assessed(join(folder, 'tree'));
  expect(plain.findings.length).toBeGreaterThan(0);
  for (const path of [put('a.zip', joined(zipArchive(FILES))), put('a.tar.gz', joined(gzipped(tarArchive(FILES))))]) {
    const packed = await assessed(path);
    expect(packed.hosts).toEqual(plain.hosts);
    expect(packed.claims).toEqual(plain.claims);
    expect(packed.findings).toEqual(plain.findings);
  }
});

describe.each([
  ['zip', joined(zipArchive(FILES))],
  ['tar.gz', joined(gzipped(tarArchive(FILES)))],
] as const)(`a %s that was wounded ${MUTANTS} times`, (kind, original) => {
  test('is assessed without a fault, and its claims of absence are no stronger than those of the whole', async () => {
    const whole = await assessed(put(`whole.${kind}`, original));
    const ruledOut = new Set(whole.claims.filter((claim) => claim.answer === 'ruled-out').map((claim) => claim.claim));
    for (let seed = 0; seed < MUTANTS; seed += 1) {
      const result = await assessed(put(`wounded-${seed}.${kind}`, mutant(original, seededDice(seed))));
      for (const claim of result.claims)
        if (claim.answer === 'ruled-out') expect(ruledOut, `seed ${seed}`).toContain(claim.claim);
    }
  });
});
