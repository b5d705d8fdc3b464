import { percentDecoded } from '../bytes/url.ts';
import type { Draft } from './draft.ts';
import type { Listed, Role } from './laid-out.ts';
import { folderOf } from './layout-reader.ts';
import type { LayoutReader, Mark } from './layout-reader.ts';
import { manifestLines } from './manifest-rows.ts';
import { serverPath, shadowCopyAt } from './server-path.ts';
import { readContext, readClientRow, readClientSheet, readEncryption, readLog } from './velociraptor-context.ts';
import { readMatches, readUploads, StoredNames } from './velociraptor-uploads.ts';

/**
 * Packages of Velociraptor: what an offline collector writes and what a server exports.
 *
 * Since 0.6.7: `uploads/<accessor>/<volume>/…` with every part percent-encoded, `uploads.json` (one row a file),
 * `results/<Artifact>%2F<Source>.json`, `client_info.json`, `collection_context.json`, `requests.json`, `log.json`. Before:
 * `<Artifact>/<Source>.json` or `<Artifact>%2F<Source>.json` at the top, and beside them `<accessor>/C/…` or `C/…`, with `:`
 * and `?` left out of names. A protected collection is a `data.zip` inside the zip, and with X509 or PGP a `metadata.json`
 * beside it.
 *
 * @see docs.velociraptor.app, "Offline collections"; the artifact `Generic.Collectors.File`
 */
export const velociraptor: LayoutReader = {
  layout: 'velociraptor',
  markOf,
  accepts(signs) {
    if (signs.has('data.zip') && signs.has('metadata.json')) return true;
    if (signs.has('result')) return true;
    const documents = DOCUMENTS.filter((name) => signs.has(name)).length;
    return documents >= 2 || (documents === 1 && (signs.has('results') || signs.has('uploads')));
  },
  role,
  original(below) {
    const old = OLD_ACCESSOR.exec(below);
    return old === null ? undefined : serverPath(below.slice(old[0].length));
  },
  shadowCopy: (below) => shadowCopyAt(below)?.name,
  async read(parcel, draft) {
    const marked = (sign: string): readonly Listed[] =>
      parcel.marks.filter((mark) => mark.sign === sign).map((mark) => mark.artifact);
    let isEncrypted = false;
    for (const file of marked('metadata.json')) isEncrypted = (await readEncryption(file, draft)) || isEncrypted;
    const isPlain = parcel.marks.some(({ sign }) => sign !== 'metadata.json' && sign !== 'data.zip');
    draft.isRefuted = !isEncrypted && !isPlain;
    for (const file of marked('client_info.json')) await readClientSheet(file, draft);
    for (const file of marked('collection_context.json')) await readContext(file, draft);
    for (const file of [...marked('log.json'), ...marked('logs.json')]) await readLog(file, draft);
    const stored = new StoredNames(parcel);
    for (const file of marked('uploads.json')) await readUploads(file, stored, draft);
    for (const file of [...marked('results'), ...marked('result')]) await readResult(file, stored, draft);
  },
};

function markOf(path: string, name: string): Mark | undefined {
  const uploads = UPLOADS.exec(path)?.[1];
  if (uploads !== undefined) return { root: uploads, sign: 'uploads', isFolder: true };
  if (!MAY_MARK.test(name)) return undefined;
  const folder = folderOf(path);
  const parent = folder.slice(0, -1);
  if (DOCUMENTS.includes(name) || name === 'data.zip' || name === 'metadata.json') return { root: folder, sign: name };
  if (/(?:^|\/)results$/i.test(parent) && ARTIFACT.test(name)) return { root: folderOf(parent), sign: 'results' };
  if (OLD_RESULT.test(name)) return { root: folder, sign: 'result' };
  const artifact = parent.slice(parent.lastIndexOf('/') + 1).toLowerCase();
  return OLD_FOLDER.test(artifact) ? { root: folderOf(parent), sign: 'result' } : undefined;
}

function role(below: string): Role {
  const lower = below.toLowerCase();
  const first = lower.slice(0, lower.indexOf('/') + 1);
  if (first === '') {
    if (DOCUMENTS.includes(lower) || lower === 'metadata.json' || /^(?:logs|uploads)\.csv$/.test(lower))
      return lower.startsWith('uploads.') ? 'manifest' : 'collector';
    if (/^(?:uploads|logs?|requests)\.json\.index$/.test(lower)) return 'collector';
    return OLD_RESULT.test(lower) ? resultRole(lower) : 'evidence';
  }
  if (first === 'results/') return ARTIFACT.test(lower.slice(first.length)) ? resultRole(lower) : 'evidence';
  return OLD_FOLDER.test(first.slice(0, -1)) && /\.(?:json|csv)$/.test(lower) ? resultRole(lower) : 'evidence';
}

function resultRole(lower: string): Role {
  if (lower.endsWith('.index')) return 'collector';
  if (LISTING.test(lower)) return 'manifest';
  if (CLIENT.test(artifactOf(lower))) return 'collector';
  return CONCLUSION.test(artifactOf(lower)) ? 'prior' : 'evidence';
}

/** `Windows.Detection.Yara.NTFS` for any spelling of the path of its results. */
function artifactOf(path: string): string {
  const whole = percentDecoded(path.slice(0, 1024)).replace(/^results\//i, '');
  const cut = whole.indexOf('/');
  return cut < 0 ? whole.replace(/\.(?:json|csv)$/i, '') : whole.slice(0, cut);
}

async function readResult(file: Listed, stored: StoredNames, draft: Draft): Promise<void> {
  const below = file.path.slice(draft.root.length);
  if (/\.csv$|\.index$/i.test(below)) return;
  const artifact = artifactOf(below);
  if (LISTING.test(below)) await readMatches(file, stored, draft);
  else if (CLIENT.test(artifact)) await readClientRow(file, draft);
  else if (role(below) === 'prior') {
    for await (const lines of manifestLines(file, draft)) {
      for (const line of lines)
        if (line.text.trim() !== '')
          draft.verdicts.add({ tool: `Velociraptor ${artifact}`, path: file.path, at: line, says: line.text });
    }
  }
}

const DOCUMENTS: readonly string[] = [
  'client_info.json',
  'collection_context.json',
  'uploads.json',
  'requests.json',
  'log.json',
  'logs.json',
  'custom_artifacts.json',
];
const UPLOADS = /^((?:[^/]{1,255}\/){0,16}?)uploads\/\w{1,20}\/[^/]{0,80}(?:%3A|ShadowCopy\d{1,6})\//i;
const MAY_MARK = /\.(?:json|csv|zip)$/;
const ARTIFACT = /^[a-z][\w.%\- ]{2,200}\.(?:json|csv)(?:\.index)?$/i;
const FAMILY = String.raw`(?:windows|generic|custom|linux|macos|exchange|detectraptor|server)\.`;
const OLD_RESULT = new RegExp(String.raw`^${FAMILY}[\w.]{2,120}(?:%2f[\w.%\- ]{1,120})?\.(?:json|csv)$`, 'i');
const OLD_FOLDER = new RegExp(String.raw`^${FAMILY}\w[\w.]{1,120}$`, 'i');
const OLD_ACCESSOR = /^(?:auto|ntfs|lazy_ntfs|ntfs_vss|file|mft)\/(?=[A-Za-z]\/)/i;
/** Sources of `Windows.KapeFiles.Targets`, `Windows.Triage.Targets` and `Generic.Collectors.File`. */
const LISTING = /(?:%2f|\/)(?:all (?:file|matches) metadata|uploads)\.(?:json|csv)$/i;
/** About the machine and the collector. */
const CLIENT = /^generic\.client\.info/i;
/** Artifacts whose rows are conclusions about the evidence, not evidence. */
const CONCLUSION = /detect|yara|sigma|hayabusa|thor|loki|chainsaw|zircolite|\.hunt|triage\.highvalue|ioc/i;
