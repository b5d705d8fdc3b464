import type { Draft } from './draft.ts';
import type { Listed } from './laid-out.ts';
import { folderOf } from './layout-reader.ts';
import type { LayoutReader } from './layout-reader.ts';
import { manifestLines } from './manifest-rows.ts';

/**
 * Output of Microsoft's `HealthChecker.ps1`: `HealthChecker-<server>-<time>.xml`, an object exported by `Export-Clixml`, one
 * element a line, and the text it printed. What it says of a build is what the script was told when it ran: a prior
 * finding. Builds are taken where the value looks like one of Exchange, whatever the release of the script calls it.
 *
 * @see MS-PSRP 2.2.5, serialization; github.com/microsoft/CSS-Exchange, Diagnostics/HealthChecker
 */
export const healthChecker: LayoutReader = {
  layout: 'healthchecker',
  isToolOutput: true,
  markOf: (path, name) => (SHEET.test(name) ? { root: folderOf(path), sign: 'xml' } : undefined),
  accepts: () => true,
  role: (below) => (OUTPUT.test(below.toLowerCase()) ? 'prior' : 'evidence'),
  async read(parcel, draft) {
    const hosts = new Set<string>();
    for (const { artifact } of parcel.marks) {
      const host = await readSheet(artifact, draft);
      if (host !== undefined) hosts.add(host);
    }
    const [host] = hosts;
    if (hosts.size === 1) draft.host = host;
  },
};

async function readSheet(sheet: Listed, draft: Draft): Promise<string | undefined> {
  let server: string | undefined;
  const told = new Set<string>();
  for await (const lines of manifestLines(sheet, draft)) {
    for (const line of lines) {
      if (line.length > LONGEST_ELEMENT) continue;
      const [, name = '', value = ''] = ELEMENT.exec(line.text) ?? [];
      if (name === '') continue;
      if (name === 'ServerName') server ??= value.slice(0, 255);
      const says = `${name} ${value}`;
      if (!BUILD_NAME.test(name) || !EXCHANGE_BUILD.test(value) || told.has(says) || told.size >= MOST_BUILDS) continue;
      told.add(says);
      const subject = server === undefined ? '' : ` of ${server}`;
      draft.verdicts.add({ tool: 'HealthChecker', path: sheet.path, at: line, says: `${says}${subject}` });
    }
  }
  if (server === undefined) draft.limit('the sheet of HealthChecker names no server');
  return server;
}

const SHEET = /^healthchecker-.{1,100}\.xml$/;
const OUTPUT = /^healthchecker-[^/]{1,100}\.(?:xml|txt|json|html)$/;
const ELEMENT = /^\s{0,200}<(?:S|Version|Obj) N="(\w{1,60})">([^<]{1,255})<\/(?:S|Version)>\s*$/;
const BUILD_NAME = /build|version/i;
/** Exchange 2010 to 2019, also with leading zeroes. */
const EXCHANGE_BUILD = /^(?:14\.0?[0-3]|15\.0?[0-2])\.\d{3,4}\.\d{1,3}$/;
const LONGEST_ELEMENT = 4096;
const MOST_BUILDS = 20;
