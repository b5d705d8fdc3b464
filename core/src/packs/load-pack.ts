import { compileSigma } from '../rules/sigma/compiler.ts';
import { readBuildTable } from './build-table.ts';
import { holdToLaw } from './claim-law.ts';
import { readClaims } from './claim-sheet.ts';
import type { PlacedClaim } from './claim-sheet.ts';
import { closestTo } from './closest-word.ts';
import { makeCodeChecks, makeObservers } from './code-checks.ts';
import type { PlacedCheck, ReadPlain } from './code-checks.ts';
import { checkFollowed, readFollows } from './follow-sheet.ts';
import { readIndicators } from './indicator-sheet.ts';
import { readManifest } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { quoted } from './map-reader.ts';
import type { Check } from '../model/check.ts';
import type { KnownRule, LoadedPack, PackContext } from './pack-check.ts';
import { packDigest } from './pack-digest.ts';
import { Complaints } from './pack-error.ts';
import { complain, parseSheet, plainValue } from './pack-sheet.ts';
import type { Located } from './pack-sheet.ts';
import { readTraits } from './trait-sheet.ts';

/** Bytes of one file of a pack at most. */
const MAX_FILE = 4 * 1024 * 1024;

/**
 * Compiles a pack folder to what the engine and the judge work with.
 *
 * @param files path below the pack folder, `/` between the parts, to content
 * @throws PackErrors with every fault there is, by file and line
 */
export function loadPack(files: ReadonlyMap<string, Uint8Array | string>, context: PackContext): LoadedPack {
  const complaints = new Complaints();
  const bytes = new Map(
    [...files].map(([path, content]) => [
      path,
      typeof content === 'string' ? new TextEncoder().encode(content) : content,
    ]),
  );
  const folder = new PackFolder(bytes, complaints);
  const manifestSheet = { file: 'pack.yaml', complaints };
  const manifest = readManifest(folder.parse('pack.yaml'), manifestSheet);
  const updates = readBuildTable(folder.parse('builds.yaml'), { file: 'builds.yaml', complaints });
  const placed = [
    ...makeCodeChecks(manifest.checks, context, folder.readPlain, manifestSheet),
    ...sigmaChecks(folder, complaints),
    ...(bytes.has('indicators.yaml')
      ? readIndicators(folder.parse('indicators.yaml'), { file: 'indicators.yaml', complaints })
      : []),
  ];
  const followSheet = { file: 'follow.yaml', complaints };
  const follows = bytes.has('follow.yaml') ? readFollows(folder.parse('follow.yaml'), followSheet) : [];
  const observers = makeObservers(manifest.observers, context, folder.readPlain, manifestSheet);
  const claims = readClaims(folder.parse('claims.yaml'), { file: 'claims.yaml', complaints });
  // A follow rule without values hits nothing; the law and the twins need to know it all the same.
  const learnt = follows.map(({ spec, line }) => ({ check: spec.check([]), file: followSheet.file, line }));
  const known = withoutTwins([...placed, ...learnt], complaints);
  const checks = known.filter((check) => !learnt.some((each) => each.check === check));
  checkFollowed(follows, new Set(checks.map((check) => check.meta.id)), followSheet);
  const traits = bytes.has('traits.yaml')
    ? readTraits(
        folder.parse('traits.yaml'),
        { file: 'traits.yaml', complaints },
        known.map((check) => check.meta.id),
      )
    : undefined;
  checkMustSees(claims, manifest, complaints);
  checkProducts(manifest, new Set(updates.map((update) => update.product)), complaints);
  holdToLaw(claims, knownRules(known), { file: 'claims.yaml', complaints });
  folder.complainOfStrangers();
  complaints.raise();
  return {
    id: manifest.id,
    version: manifest.version,
    title: manifest.title,
    digest: packDigest(bytes, (content) => context.sha256Hex(content)),
    disclosed: manifest.disclosed,
    firstExploitation: manifest.firstExploitation,
    vulnerabilities: manifest.vulnerabilities,
    updates,
    roots: manifest.roots,
    buildFiles: manifest.buildFiles,
    sources: manifest.sources,
    trees: manifest.trees,
    mustSees: manifest.mustSees,
    claims: claims.map((claim) => claim.spec),
    limits: manifest.limits,
    advice: manifest.advice,
    ...(traits === undefined ? {} : { traits }),
    rules: known.map((check) => check.meta),
    checks,
    follows: follows.map(({ spec }) => spec),
    observers,
  };
}

/** The files of a pack, and which of them something asked for. */
class PackFolder {
  readonly #files: ReadonlyMap<string, Uint8Array>;
  readonly #complaints: Complaints;
  readonly #known = new Set<string>();

  constructor(files: ReadonlyMap<string, Uint8Array>, complaints: Complaints) {
    this.#files = files;
    this.#complaints = complaints;
  }

  text(file: string): string | undefined {
    this.#known.add(file);
    const content = this.#files.get(file);
    if (content === undefined) {
      this.#complaints.add('P001', file, 1, `expected the file ${file}`);
      return undefined;
    }
    if (content.length > MAX_FILE) {
      this.#complaints.add('P003', file, 1, `expected at most ${MAX_FILE} bytes, found ${content.length}`);
      return undefined;
    }
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(content);
    } catch {
      this.#complaints.add('P003', file, 1, 'expected UTF-8');
      return undefined;
    }
  }

  parse(file: string): Located | undefined {
    const text = this.text(file);
    return text === undefined ? undefined : parseSheet(text, { file, complaints: this.#complaints });
  }

  readonly readPlain: ReadPlain = (file, line) => {
    if (!this.#files.has(file)) {
      this.#complaints.add('P001', 'pack.yaml', line, `options-from: expected the file ${file}`);
      return undefined;
    }
    const node = this.parse(file);
    return node === undefined ? undefined : plainValue(node);
  };

  sigmaFiles(): readonly string[] {
    return [...this.#files.keys()].filter((path) => /^sigma\/[^/]+\.ya?ml$/.test(path)).toSorted();
  }

  /** No code can stand in a pack, and no file that nothing reads: it would change the digest and no verdict. */
  complainOfStrangers(): void {
    for (const path of this.#files.keys()) {
      if (this.#known.has(path) || path === 'README.md' || path.startsWith('cases/')) continue;
      this.#complaints.add(
        'P004',
        path,
        1,
        'expected pack.yaml, builds.yaml, claims.yaml, indicators.yaml, follow.yaml, traits.yaml, README.md, sigma/*.yml, cases/ or a file that pack.yaml names',
      );
    }
  }
}

function sigmaChecks(folder: PackFolder, complaints: Complaints): readonly PlacedCheck[] {
  return folder.sigmaFiles().flatMap((file) => {
    const text = folder.text(file);
    if (text === undefined) return [];
    const { rules, errors } = compileSigma(text, file);
    for (const error of errors) complaints.add('P019', file, error.line, `${error.code} ${error.says}`);
    return rules.map((rule) => {
      if (rule.extension === undefined)
        complaints.add(
          'P006',
          file,
          rule.line,
          `rule ${quoted(rule.id)}: missing key "afterpatch", without it nobody knows what the rule may prove`,
        );
      return { check: rule.check, file, line: rule.line };
    });
  });
}

function withoutTwins(placed: readonly PlacedCheck[], complaints: Complaints): readonly Check[] {
  const first = new Map<string, PlacedCheck>();
  for (const each of placed) {
    const { id } = each.check.meta;
    const before = first.get(id);
    if (before === undefined) first.set(id, each);
    else if (id !== '')
      complaints.add(
        'P008',
        each.file,
        each.line,
        `rule: ${quoted(id)} already stands in ${before.file} on line ${before.line}`,
      );
  }
  return [...first.values()].map((each) => each.check);
}

function knownRules(checks: readonly Check[]): ReadonlyMap<string, KnownRule> {
  return new Map(checks.map((check) => [check.meta.id, { meta: check.meta, kinds: check.interest.kinds }]));
}

function checkMustSees(claims: readonly PlacedClaim[], manifest: Manifest, complaints: Complaints): void {
  const known = manifest.mustSees.map((mustSee) => mustSee.id);
  for (const { id, line } of claims.flatMap((claim) => claim.mustSees)) {
    if (known.includes(id)) continue;
    const hint = closestTo(id, known);
    const says = `must-see: none is called ${quoted(id)}${hint === undefined ? '' : `, did you mean ${quoted(hint)}`}`;
    complain({ file: 'claims.yaml', complaints }, 'P016', line, says);
  }
}

function checkProducts(manifest: Manifest, products: ReadonlySet<string>, complaints: Complaints): void {
  for (const { product, line } of manifest.notIn) {
    if (products.has(product)) continue;
    complaints.add(
      'P030',
      'pack.yaml',
      line,
      `vulnerability not-in: expected a product of builds.yaml (${[...products].join(', ')}), found ${quoted(product)}`,
    );
  }
}
