import { HEADLINES_WORST_FIRST } from '../model/claim.ts';
import type { Micros } from '../model/evidence.ts';
import type {
  Advice,
  BuildFilesSpec,
  MustSeeSpec,
  RootSpec,
  SourceNeed,
  SourceSpec,
  TreeSpec,
  VulnerabilitySpec,
} from '../model/pack.ts';
import { closestTo } from './closest-word.ts';
import { readBuildFiles, readCollect, readRoots } from './collect-sheet.ts';
import type { CollectSheet } from './collect-sheet.ts';
import { MapReader, quoted } from './map-reader.ts';
import { complain } from './pack-sheet.ts';
import type { Located, Sheet } from './pack-sheet.ts';
import { readDuration, readId, readTime } from './pack-words.ts';

/** What `pack.yaml` says, before rules and claims are read. */
export interface Manifest {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly disclosed: Micros;
  readonly firstExploitation: Micros;
  readonly vulnerabilities: readonly VulnerabilitySpec[];
  /** Line of each `not-in` product, to be held against the build table. */
  readonly notIn: readonly { readonly product: string; readonly line: number }[];
  readonly roots: readonly RootSpec[];
  readonly buildFiles: BuildFilesSpec | undefined;
  readonly sources: readonly SourceSpec[];
  readonly trees: readonly TreeSpec[];
  readonly mustSees: readonly MustSeeSpec[];
  readonly limits: readonly string[];
  readonly advice: readonly Advice[];
  readonly checks: readonly Located[];
  readonly observers: readonly Located[];
}

/** Reads `pack.yaml`. Checks and observers are left as they stand: see code-checks.ts. */
export function readManifest(root: Located | undefined, sheet: Sheet): Manifest {
  const reader = new MapReader(root, 'pack', sheet);
  const roots = readRoots(reader.list('roots'), sheet);
  const places = { ...sheet, roots: roots.map((root) => root.name) };
  const sources = reader.list('sources').map((node) => readSource(node, places));
  const trees = reader.list('trees').map((node) => readTree(node, places));
  complainOfTwins([...reader.list('sources'), ...reader.list('trees')], sheet, 'source or tree');
  complainOfTwins(reader.list('must-sees'), sheet, 'must-see');
  const notIn: { product: string; line: number }[] = [];
  const manifest: Manifest = {
    id: readId({ text: reader.text('id'), line: reader.lineOf('id'), what: 'pack id' }, sheet),
    version: readVersion(reader, sheet),
    title: reader.text('title'),
    disclosed: readTime(
      { text: reader.text('disclosed'), line: reader.lineOf('disclosed'), what: 'pack disclosed' },
      sheet,
    ),
    firstExploitation: readTime(
      {
        text: reader.text('first-exploitation'),
        line: reader.lineOf('first-exploitation'),
        what: 'pack first-exploitation',
      },
      sheet,
    ),
    vulnerabilities: reader.list('vulnerabilities').map((node) => readVulnerability(node, sheet, notIn)),
    notIn,
    roots,
    buildFiles: readBuildFiles(reader, places),
    sources,
    trees,
    mustSees: reader.list('must-sees').map((node) => readMustSee(node, sheet, { sources, trees })),
    limits: reader.texts('limits'),
    advice: reader.list('advice').map((node) => readAdvice(node, sheet)),
    checks: reader.optionalList('checks'),
    observers: reader.optionalList('observers'),
  };
  reader.close();
  return manifest;
}

function readVersion(reader: MapReader, sheet: Sheet): string {
  const version = reader.text('version');
  if (version !== '' && !/^\d{1,4}\.\d{1,4}\.\d{1,4}$/.test(version)) {
    complain(
      sheet,
      'P009',
      reader.lineOf('version'),
      `pack version: expected three numbers such as 1.0.0, found ${quoted(version)}`,
    );
  }
  return version;
}

function readVulnerability(node: Located, sheet: Sheet, notIn: { product: string; line: number }[]): VulnerabilitySpec {
  const reader = new MapReader(node, 'vulnerability', sheet);
  const cve = reader.text('cve');
  if (cve !== '' && !/^CVE-\d{4}-\d{4,7}$/.test(cve)) {
    complain(
      sheet,
      'P009',
      reader.lineOf('cve'),
      `vulnerability cve: expected a number such as CVE-2021-26855, found ${quoted(cve)}`,
    );
  }
  const products = reader.optionalTexts('not-in');
  for (const product of products) notIn.push({ product, line: reader.lineOf('not-in') });
  const vulnerability = { cve, says: reader.text('says'), notIn: products };
  reader.close();
  return vulnerability;
}

function readSource(node: Located, sheet: CollectSheet): SourceSpec {
  const reader = new MapReader(node, 'source', sheet);
  const id = readId({ text: reader.text('id'), line: reader.lineOf('id'), what: 'source id' }, sheet);
  const source: SourceSpec = {
    id,
    title: reader.text('title'),
    records: readPatterns(reader, 'records', sheet),
    except: reader.has('except') ? readPatterns(reader, 'except', sheet) : reader.optionalTexts('except'),
    quiet: readDuration(
      { text: reader.text('quiet'), line: reader.lineOf('quiet'), what: `source ${id} quiet` },
      sheet,
    ),
    fetch: reader.text('fetch'),
    collect: readCollect(reader, `source ${id}`, sheet),
  };
  reader.close();
  return source;
}

/** Names of record sources: exact, or ending in `*`. */
function readPatterns(reader: MapReader, key: string, sheet: Sheet): readonly string[] {
  const patterns = reader.texts(key);
  if (patterns.length === 0) complain(sheet, 'P020', reader.lineOf(key), `source ${key}: expected at least one name`);
  for (const pattern of patterns) {
    if (pattern.slice(0, -1).includes('*') || pattern === '*') {
      complain(
        sheet,
        'P020',
        reader.lineOf(key),
        `source ${key}: expected a name, or one that ends in "*", found ${quoted(pattern)}`,
      );
    }
  }
  return patterns;
}

function readTree(node: Located, sheet: CollectSheet): TreeSpec {
  const reader = new MapReader(node, 'tree', sheet);
  const id = readId({ text: reader.text('id'), line: reader.lineOf('id'), what: 'tree id' }, sheet);
  const url = reader.optionalText('url');
  if (url !== undefined && !/^\/(?:[^\s?#]*\/)?$/.test(url)) {
    complain(
      sheet,
      'P020',
      reader.lineOf('url'),
      `tree url: expected a path that begins and ends with "/", found ${quoted(url)}`,
    );
  }
  const roots = reader.texts('roots');
  for (const root of roots) checkPath(root, reader.lineOf('roots'), 'tree roots', sheet);
  const landmarks = reader.list('landmarks').map((each) => readLandmarks(each, sheet));
  const content = reader.plain('content') ?? false;
  if (typeof content !== 'boolean')
    complain(sheet, 'P007', reader.lineOf('content'), 'tree content: expected true or false');
  const tree: TreeSpec = {
    id,
    title: reader.text('title'),
    roots,
    url,
    landmarks,
    content: content === true,
    fetch: reader.text('fetch'),
    collect: readCollect(reader, `tree ${id}`, sheet),
  };
  reader.close();
  if (roots.length === 0) complain(sheet, 'P020', reader.lineOf('roots'), 'tree roots: expected at least one path');
  return tree;
}

function readLandmarks(node: Located, sheet: Sheet): readonly string[] {
  if (node.is !== 'list' || node.of.length === 0) {
    complain(sheet, 'P007', node.line, 'tree landmarks: expected lists of paths, of which one each must be there');
    return [];
  }
  return node.of.map((each) => {
    const path = each.is === 'scalar' && typeof each.value === 'string' ? each.value : '';
    checkPath(path, each.line, 'tree landmarks', sheet);
    return path;
  });
}

function checkPath(path: string, line: number, what: string, sheet: Sheet): void {
  if (
    path !== '' &&
    path === path.toLowerCase() &&
    !path.includes('\\') &&
    !path.startsWith('/') &&
    !path.endsWith('/')
  )
    return;
  complain(
    sheet,
    'P020',
    line,
    `${what}: expected a lower-case path with "/" between the parts, found ${quoted(path)}`,
  );
}

interface Places {
  readonly sources: readonly SourceSpec[];
  readonly trees: readonly TreeSpec[];
}

function readMustSee(node: Located, sheet: Sheet, known: Places): MustSeeSpec {
  const reader = new MapReader(node, 'must-see', sheet);
  const id = readId({ text: reader.text('id'), line: reader.lineOf('id'), what: 'must-see id' }, sheet);
  const anyOf = reader.list('any-of').map((each) => readNeed(each, sheet, known));
  const mustSee: MustSeeSpec = { id, title: reader.text('title'), anyOf, why: reader.text('why') };
  if (anyOf.length === 0)
    complain(sheet, 'P020', reader.lineOf('any-of'), `must-see ${id}: expected at least one source, tree or build`);
  reader.close();
  return mustSee;
}

function readNeed(node: Located, sheet: Sheet, known: Places): SourceNeed {
  const reader = new MapReader(node, 'must-see any-of', sheet);
  let need: SourceNeed;
  if (reader.has('build')) need = { is: 'build', maxRank: reader.number('build', { from: 1, to: 9 }) };
  else if (reader.has('tree')) need = { is: 'tree', tree: reader.text('tree') };
  else need = { is: 'source', source: reader.text('source') };
  reader.close();
  const name = need.is === 'build' ? undefined : need.is === 'tree' ? need.tree : need.source;
  const pool: readonly { readonly id: string }[] = need.is === 'tree' ? known.trees : known.sources;
  if (name !== undefined && name !== '' && !pool.some((each) => each.id === name)) {
    const hint = closestTo(
      name,
      pool.map((each) => each.id),
    );
    complain(
      sheet,
      'P015',
      node.line,
      `must-see: no ${need.is} is called ${quoted(name)}${hint === undefined ? '' : `, did you mean ${quoted(hint)}`}`,
    );
  }
  return need;
}

function readAdvice(node: Located, sheet: Sheet): Advice {
  const reader = new MapReader(node, 'advice', sheet);
  const when = reader.texts('when');
  for (const headline of when) {
    if ((HEADLINES_WORST_FIRST as readonly string[]).includes(headline)) continue;
    complain(
      sheet,
      'P013',
      reader.lineOf('when'),
      `advice when: expected a headline such as ${HEADLINES_WORST_FIRST[0]}, found ${quoted(headline)}`,
    );
  }
  const advice = { when, says: reader.text('says') };
  reader.close();
  return advice;
}

function complainOfTwins(nodes: readonly Located[], sheet: Sheet, what: string): void {
  const seen = new Map<string, number>();
  for (const node of nodes) {
    const id = node.is === 'map' ? node.entries.get('id')?.value : undefined;
    if (id?.is !== 'scalar' || typeof id.value !== 'string') continue;
    const before = seen.get(id.value);
    if (before !== undefined)
      complain(sheet, 'P008', id.line, `${what}: ${quoted(id.value)} already stands on line ${before}`);
    seen.set(id.value, id.line);
  }
}
