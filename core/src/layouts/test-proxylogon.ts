import type { Draft } from './draft.ts';
import type { Listed, Role } from './laid-out.ts';
import { folderOf } from './layout-reader.ts';
import type { LayoutReader } from './layout-reader.ts';
import { manifestLines, tableRows } from './manifest-rows.ts';
import { serverPath } from './server-path.ts';

/**
 * Output of Microsoft's `Test-ProxyLogon.ps1`: what it concluded about each server, `<HOST>-Cve-2021-26855.csv`,
 * `…-26857.csv`, `…-26858.log`, `…-27065.log`, `<HOST>-other.csv` and `<HOST>-LogAgeDays.csv`; and, where it was told to,
 * copies of the files it thought suspicious, `CollectedLogFiles\<HOST>\CVE26855\…`, under their bare names. The lists say
 * where some of them lay.
 *
 * @see github.com/microsoft/CSS-Exchange, Security/src/Test-ProxyLogon.ps1, `Write-ProxyLogonReport`
 */
export const testProxyLogon: LayoutReader = {
  layout: 'test-proxylogon',
  isToolOutput: true,
  markOf(path, name) {
    const sheet = sheetOf(name);
    if (sheet !== undefined) return { root: folderOf(path), sign: sheet.kind };
    const root = path.toLowerCase().includes('collectedlogfiles/') ? COPIES.exec(path)?.[1] : undefined;
    return root === undefined ? undefined : { root, sign: 'copies', isFolder: true };
  },
  accepts: (signs) => [...signs].some((sign) => sign !== 'other'),
  role(below): Role {
    return !below.includes('/') && sheetOf(below.toLowerCase()) !== undefined ? 'prior' : 'evidence';
  },
  async read(parcel, draft) {
    const hosts = new Set<string>();
    for (const { artifact, sign } of parcel.marks) {
      const sheet = sheetOf(artifact.path.slice(artifact.path.lastIndexOf('/') + 1).toLowerCase());
      if (sheet === undefined || sign === 'copies') continue;
      if (sheet.host !== undefined) hosts.add(sheet.host);
      if (sheet.isTable) await readSheet(artifact, sheet.kind, draft);
      else await readList(artifact, sheet.kind, draft);
    }
    const [host] = hosts;
    if (hosts.size === 1) draft.host = host;
    if (parcel.marks.some(({ sign }) => sign === 'copies'))
      draft.limit(
        'Test-ProxyLogon copies only files in which it found something: that other files are not in CollectedLogFiles says nothing',
      );
  },
};

interface Sheet {
  /** Absent in the first releases, which looked at one machine. */
  readonly host: string | undefined;
  readonly kind: string;
  readonly isTable: boolean;
}

function sheetOf(name: string): Sheet | undefined {
  const [, host, kind, type] = SHEET.exec(name) ?? [];
  return kind === undefined ? undefined : { host, kind, isTable: type === 'csv' };
}

async function readSheet(artifact: Listed, kind: string, draft: Draft): Promise<void> {
  for await (const rows of tableRows(artifact, draft)) {
    for (const row of rows) {
      draft.verdicts.add({ tool: toolOf(kind), path: artifact.path, at: row, says: row.text });
      if (kind === 'other') place(row.value('Path'), 'suspiciousfiles', draft);
    }
  }
}

/** One path a line. */
async function readList(artifact: Listed, kind: string, draft: Draft): Promise<void> {
  for await (const lines of manifestLines(artifact, draft)) {
    for (const line of lines) {
      const path = line.text.trim();
      if (path === '') continue;
      draft.verdicts.add({ tool: toolOf(kind), path: artifact.path, at: line, says: path });
      place(path, kind.replace(/^cve-2021-/, 'cve'), draft);
    }
  }
}

/** Notes where a copy lay, by the folder it was put into and its bare name. */
function place(path: string, folder: string, draft: Draft): void {
  const original = serverPath(path);
  if (original !== undefined)
    draft.place(`${folder}/${original.slice(original.lastIndexOf('/') + 1).toLowerCase()}`, original);
}

/** What a copy's place in the package is called in the lists; without the machine, which the package names once. */
export function copyKey(below: string): string | undefined {
  return COPY.exec(below.toLowerCase())?.[1];
}

function toolOf(kind: string): string {
  return kind.startsWith('cve') ? `Test-ProxyLogon ${kind.toUpperCase()}` : `Test-ProxyLogon ${kind}`;
}

const SHEET = /^(?:(.{1,63})-)?(cve-2021-(?:26855|26857|26858|27065)|(?<=-)other|(?<=-)logagedays)\.(csv|log)$/;
const COPIES = /^((?:[^/]{1,255}\/){0,15}?)CollectedLogFiles\/[^/]{1,63}\/(?:CVE\d{5}|SuspiciousFiles)\//i;
const COPY = /^collectedlogfiles\/[^/]{1,63}\/((?:cve\d{5}|suspiciousfiles)\/[^/]{1,255})$/;
