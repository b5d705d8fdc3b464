import { createHash } from 'node:crypto';

import { evidenceOf, listed } from '../containers/container.test-support.ts';
import { withContainers } from '../containers/with-containers.ts';
import { memorySource } from '../formats/contract.test-support.ts';
import type { PackagePlan } from '../specimen/package-plan.ts';
import type { SpecimenFile } from '../specimen/specimen-file.ts';
import { gzipped, specimenTar } from '../specimen/tar-writer.ts';
import { joined, specimenZip } from '../specimen/zip-writer.ts';
import type { LaidOut, Listed } from './lay-out.ts';

export const AT: number = Date.UTC(2021, 2, 10, 8) * 1000;
const MODIFIED = Date.UTC(2021, 2, 3, 10) * 1000;

export const file = (path: string, content = path): SpecimenFile => ({
  path,
  modified: MODIFIED,
  pieces: () => [new TextEncoder().encode(content)],
});

/** A server's files; names that collectors have to escape are among them. */
export const SERVER: readonly SpecimenFile[] = [
  file('C/Program Files/Microsoft/Exchange Server/V15/FrontEnd/HttpProxy/owa/auth/logon.aspx'),
  file('C/Program Files (x86)/a%20b/100%.txt'),
  file('C/Windows/System32/winevt/Logs/Microsoft-Windows-Sysmon%4Operational.evtx'),
  file('C/inetpub/wwwroot/aspnet_client/.hidden/x.aspx', 'shell'),
  file('C/inetpub/wwwroot/aspnet_client/y.aspx', 'shell'),
  file('C/inetpub/wwwroot/web.config'),
  file('C/inetpub/wwwroot/Übersicht.htm'),
  file('D/Queue/trn.log'),
];
export const FAILED = 'C/inetpub/wwwroot/web.config';
export const DUPLICATE = 'C/inetpub/wwwroot/aspnet_client/y.aspx';
export const sha1 = (content: Uint8Array): string => createHash('sha1').update(content).digest('hex');
export const PLAN: PackagePlan = { host: 'EX01', collected: AT, failed: [FAILED], sha1 };

export const artifact = (path: string, content: string | Uint8Array = ''): Listed => {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return { path, size: bytes.length, open: () => Promise.resolve(memorySource(bytes)) };
};

/** Files of a package as a folder, below `root`. */
export const folder = (files: readonly SpecimenFile[], root = ''): readonly Listed[] =>
  files.map((each) => artifact(root + each.path, joined(each.pieces())));

/** Files of a package as an archive of that name, and what lies in it. */
export async function packed(files: readonly SpecimenFile[], name: string): Promise<readonly Listed[]> {
  const pieces = name.endsWith('.zip') ? specimenZip(files) : specimenTar(files);
  const bytes = joined(name.endsWith('.gz') ? gzipped(pieces) : pieces);
  const found = await listed(withContainers(evidenceOf({ [name]: bytes })));
  return [...found.artifacts.values()];
}

/** The server path of every artifact that is evidence, in the spelling of the specimen. */
export const originals = (laid: LaidOut, artifacts: readonly Listed[]): string[] =>
  artifacts
    .filter(({ path }) => laid.role(path) === 'evidence' && !/\.(?:zip|tar|gz)$/.test(path))
    .map(({ path }) => (laid.original(path) ?? `? ${path}`).replace(/^([A-Z]):/, '$1'))
    .toSorted();

/** The files of the server that a package has, in the spelling of the specimen. */
export const copied = (plan: PackagePlan): string[] =>
  SERVER.map(({ path }) => path)
    .filter((path) => !(plan.failed ?? []).includes(path) && !(plan.duplicates ?? []).includes(path))
    .toSorted();

export const asServer = (path: string): string => path.replace('/', ':/');
