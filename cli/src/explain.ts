import { explainClaim, explainFinding, explainList } from '@afterpatch/core/export/explanation.ts';
import type { FindingView, FreshSight } from '@afterpatch/core/export/explanation.ts';
import { explainIntrusion } from '@afterpatch/core/export/intrusion-sections.ts';
import type { CaseClaim, CaseFile, CaseFinding, CaseSighting } from '@afterpatch/core/model/case-file.ts';
import type { Artifact } from '@afterpatch/core/model/evidence.ts';
import type { LoadedPack } from '@afterpatch/core/packs/pack-check.ts';
import { EvidenceError, quoted } from '@afterpatch/node/evidence-error.ts';

import { packsFor } from './assess.ts';
import { loadPackFolder, rereadPlace } from './engine-door.ts';
import { EXIT, UsageError } from './exit-code.ts';
import { EvidenceShelf } from './evidence-shelf.ts';
import { namedEvidence, openingOf } from './named-evidence.ts';
import type { EvidenceFlags } from './named-evidence.ts';
import { builtInPacks } from './pack-folder.ts';
import { readCaseFile } from './read-case-file.ts';
import { pageOptions, write } from './terminal.ts';
import type { Shell } from './terminal.ts';

export interface ExplainFlags extends EvidenceFlags {
  readonly host?: string;
  readonly evidence?: readonly string[];
  readonly pack?: readonly string[];
  readonly color: boolean;
}

/**
 * Shows where a sentence comes from.
 *
 * @returns 66 if evidence was given and any sighting is gone or differs
 */
export async function explain(
  path: string,
  wanted: string | undefined,
  flags: ExplainFlags,
  shell: Shell,
): Promise<number> {
  const caseFile = readCaseFile(path);
  const page = pageOptions(shell.out, shell, flags);
  if (wanted === undefined) {
    await write(shell.out, explainList(caseFile, page));
    return EXIT.done;
  }
  const story = caseFile.intrusions.find((each) => each.id === wanted);
  if (story !== undefined) {
    await write(shell.out, explainIntrusion(caseFile, story, page));
    return EXIT.done;
  }
  const found = lookUp(caseFile, wanted, flags.host);
  if (found.claims.length > 0) {
    const packs = await packsOf(found.claims, flags.pack ?? []);
    const texts = found.claims
      .slice(0, MOST_CLAIMS)
      .map((claim) => explainClaim(caseFile, claim, { ...page, ...packView(caseFile, claim, packs) }));
    const more = found.claims.length - texts.length;
    if (more > 0) texts.push(`${more} more claims are called so: name a server with --host\n`);
    await write(shell.out, texts.join(RULER));
    return EXIT.done;
  }
  const shelf = await shelfOf(flags);
  const packs = await packsOf(found.findings, flags.pack ?? []);
  let whole = true;
  for (const [at, finding] of found.findings.entries()) {
    const fresh = shelf === undefined ? undefined : await readAgain(caseFile, finding, shelf);
    if (fresh !== undefined && [...fresh.values()].some((sight) => sight.is !== 'same')) whole = false;
    const view = {
      ...ruleView(caseFile, finding, packs),
      ...(fresh === undefined ? {} : { fresh }),
    };
    await write(shell.out, (at > 0 ? RULER : '') + explainFinding(caseFile, finding, view, page));
  }
  return whole ? EXIT.done : EXIT.evidence;
}

interface Found {
  readonly claims: readonly CaseClaim[];
  readonly findings: readonly CaseFinding[];
}

/**
 * Claims by id or by name, findings by id, by the beginning of an id, or by rule; of one host if it is named.
 *
 * @throws UsageError if nothing is called so
 */
export function lookUp(caseFile: CaseFile, wanted: string, host: string | undefined): Found {
  const hosts = host === undefined ? undefined : hostsCalled(caseFile, host);
  const here = (of: { readonly host: string }): boolean => hosts === undefined || hosts.has(of.host);
  const claims = caseFile.claims.filter((c) => here(c) && (c.id === wanted || c.claim === wanted));
  if (claims.length > 0) return { claims, findings: [] };
  const exact = caseFile.findings.filter((f) => here(f) && (f.id === wanted || f.rule === wanted));
  if (exact.length > 0) return { claims: [], findings: exact };
  const begun = wanted.length < SHORTEST_ID ? [] : caseFile.findings.filter((f) => here(f) && f.id.startsWith(wanted));
  if (begun.length === 1) return { claims: [], findings: begun };
  const many = begun.length > 1 ? `, ${begun.length} findings begin so` : '';
  throw new UsageError(
    `expected a claim, a finding, a story or a rule of this case, found ${quoted(wanted)}${many}; without it, explain lists them all`,
  );
}

function hostsCalled(caseFile: CaseFile, name: string): ReadonlySet<string> {
  const lower = name.toLowerCase();
  const hosts = caseFile.hosts.filter((h) => [h.id, ...h.names].some((n) => n.toLowerCase() === lower));
  if (hosts.length > 0) return new Set(hosts.map((h) => h.id));
  const known = caseFile.hosts.slice(0, 10).map((h) => h.names[0] ?? h.id);
  throw new UsageError(
    `expected --host to name one of ${known.join(', ')}${caseFile.hosts.length > 10 ? ', …' : ''}, found ${quoted(name)}`,
  );
}

/** The rule, and what to think of it if its pack is not the one of this case. */
function ruleView(caseFile: CaseFile, finding: CaseFinding, packs: readonly LoadedPack[]): FindingView {
  const pack = packs.find((p) => p.id === finding.campaign);
  if (pack === undefined) {
    const caution = `The pack ${finding.campaign} is not at hand; name its folder with --pack to see why this rule matters.`;
    return { rule: undefined, caution };
  }
  const rule = pack.rules.find((r) => r.id === finding.rule);
  const used = caseFile.packs.find((p) => p.id === pack.id);
  if (rule !== undefined && used?.digest === pack.digest) return { rule };
  const made = `This case was made with ${pack.id} ${used?.version ?? 'of an unknown version'} (${used?.digest ?? 'unknown digest'})`;
  const caution =
    rule === undefined
      ? `${made}; the pack at hand, ${pack.version}, does not know this rule.`
      : `${made}; shown is the rule as the pack at hand has it, ${pack.version} (${pack.digest}).`;
  return { rule, caution };
}

/**
 * The pack of a claim, if it is the very one that the case was made with: rules and proofs of another version would tell
 * of joins that nobody made.
 */
function packView(
  caseFile: CaseFile,
  claim: CaseClaim,
  packs: readonly LoadedPack[],
): { readonly pack?: LoadedPack; readonly caution?: string } {
  const pack = packs.find((p) => p.id === claim.campaign);
  const used = caseFile.packs.find((p) => p.id === claim.campaign);
  if (pack !== undefined && used?.digest === pack.digest) return { pack };
  const made = `This case was made with the pack ${claim.campaign} ${used?.version ?? 'of an unknown version'} (${used?.digest ?? 'unknown digest'})`;
  const instead = pack === undefined ? '' : `; the one at hand, ${pack.version} (${pack.digest}), is another`;
  return {
    caution: `${made}${instead}. What its rules weigh and how they are joined is not told here; name its folder with --pack.`,
  };
}

/** The evidence that was named, if any was. */
async function shelfOf(flags: ExplainFlags): Promise<EvidenceShelf | undefined> {
  if (flags.evidence === undefined && flags.snapshot === undefined) return undefined;
  return await EvidenceShelf.open(namedEvidence(flags.evidence ?? [], flags), openingOf(flags));
}

/** The packs of some findings or claims: those that were named, or the built-in ones. */
async function packsOf(
  of: readonly { readonly campaign: string }[],
  names: readonly string[],
): Promise<readonly LoadedPack[]> {
  if (names.length > 0) return (await packsFor(names)).map(({ pack }) => pack);
  const wanted = new Set(of.map(({ campaign }) => campaign));
  const packs: LoadedPack[] = [];
  for (const [id, folder] of builtInPacks()) if (wanted.has(id)) packs.push(await loadPackFolder(folder));
  return packs;
}

async function readAgain(
  caseFile: CaseFile,
  finding: CaseFinding,
  shelf: EvidenceShelf,
): Promise<ReadonlyMap<CaseSighting, FreshSight>> {
  const fresh = new Map<CaseSighting, FreshSight>();
  for (const sighting of finding.sightings) {
    const stated = caseFile.artifacts.find((a) => a.id === sighting.artifact);
    const artifact = stated === undefined ? undefined : shelf.find(stated.path, stated.container);
    if (artifact === undefined) {
      fresh.set(sighting, {
        is: 'gone',
        says: `expected the artifact ${stated?.path ?? sighting.artifact} in the evidence, no file has this path`,
      });
    } else fresh.set(sighting, await sightAgain(artifact, sighting));
  }
  return fresh;
}

async function sightAgain(artifact: Artifact, sighting: CaseSighting): Promise<FreshSight> {
  try {
    const record = await rereadPlace(artifact, sighting);
    if (record === undefined) {
      return {
        is: 'gone',
        says: `expected ${sighting.length} bytes at ${sighting.offset}, the file has ${artifact.size} bytes now`,
      };
    }
    return { is: record.sha256 === sighting.sha256 ? 'same' : 'different', ...record };
  } catch (error) {
    if (error instanceof EvidenceError) return { is: 'gone', says: error.message };
    throw error;
  }
}

const SHORTEST_ID = 4;
/** More servers than a case of ours has been seen to hold. */
const MOST_CLAIMS = 500;
const RULER = '\n\n';
