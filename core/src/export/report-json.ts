import type {
  CaseArtifact,
  CaseClaim,
  CaseCoverage,
  CaseFile,
  CaseFinding,
  CaseSpan,
  CaseVerdict,
} from '../model/case-file.ts';
import type { Headline } from '../model/claim.ts';
import { canonicalJson } from './canonical-json.ts';
import { firstSighting, indexCase } from './case-index.ts';
import type { CaseIndex } from './case-index.ts';
import { artifactsFirst, mostTellingFirst, verdictsOf } from './report-facts.ts';
import type { ReportOptions } from './report-facts.ts';

/** `afterpatch.report/1`: the answers of a case, for scripts. `docs/report.md` says what each key holds. */
export interface Report {
  readonly schema: 'afterpatch.report/1';
  readonly engine: CaseFile['engine'];
  readonly packs: CaseFile['packs'];
  readonly options: CaseFile['options'];
  readonly inputs: CaseFile['inputs'];
  readonly case: string;
  /** Of the servers that are reported; `null` if the case holds none of them. */
  readonly headline: Headline | null;
  readonly servers: readonly ReportServer[];
  readonly evidence: ReportEvidence;
  readonly collections: CaseFile['collections'];
  /** What other tools concluded before; nothing rests on it. */
  readonly prior: readonly { readonly tool: string; readonly says: string }[];
  readonly limits: readonly string[];
}

interface ReportServer {
  readonly id: string;
  readonly names: readonly string[];
  readonly product: string | null;
  readonly build: string | null;
  readonly fixed: CaseFile['hosts'][number]['fixed'];
  readonly asOf: string | null;
  readonly campaign: string;
  readonly headline: Headline;
  readonly says: string;
  readonly next: readonly string[];
  readonly answers: readonly ReportAnswer[];
  readonly coverage: readonly ReportCoverage[];
  readonly findings: {
    readonly count: number;
    readonly byLevel: Readonly<Record<string, number>>;
    readonly first: readonly ReportFinding[];
  };
}

interface ReportAnswer {
  readonly question: string;
  readonly answer: string;
  readonly says: string;
  readonly from: string;
  readonly to: string | null;
  readonly findings: readonly string[];
  readonly first: ReportPlace | null;
  readonly unseen: readonly {
    readonly mustSee: string;
    readonly title: string;
    readonly spans: readonly CaseSpan[];
    readonly fetch: string;
  }[];
}

interface ReportPlace {
  readonly at: string | null;
  readonly path: string;
  readonly container: string | null;
  readonly offset: number;
  readonly length: number;
}

interface ReportCoverage {
  readonly source: string;
  readonly title: string;
  readonly spans: readonly CaseSpan[];
  readonly records: number;
  readonly listed: 'enumerated' | 'partial' | 'unknown' | null;
  readonly files: number | null;
}

interface ReportFinding {
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly level: string;
  readonly count: number;
  readonly since: string | null;
  readonly until: string | null;
  readonly entities: CaseFinding['entities'];
}

interface ReportEvidence {
  readonly files: number;
  readonly bytes: number;
  readonly records: number;
  readonly notOpened: number;
  readonly notRecognised: number;
  readonly gaps: Readonly<Record<string, number>>;
  readonly first: readonly {
    readonly path: string;
    readonly container: string | null;
    readonly size: number;
    readonly sha256: string | null;
  }[];
}

/** Canonical JSON (RFC 8785) in ASCII: what is not is escaped, so that no terminal takes a text for a command. */
export function reportJson(caseFile: CaseFile, options: ReportOptions = {}): string {
  return `${ascii(canonicalJson(reportOf(caseFile, options)))}\n`;
}

export function reportOf(caseFile: CaseFile, options: ReportOptions = {}): Report {
  const index = indexCase(caseFile);
  const verdicts = verdictsOf(index, options);
  return {
    schema: 'afterpatch.report/1',
    engine: { version: caseFile.engine.version },
    packs: caseFile.packs.map(({ id, version, digest }) => ({ id, version, digest })),
    options: caseFile.options,
    inputs: caseFile.inputs.slice(0, MOST).map(({ name, isSnapshot }) => ({ name, isSnapshot })),
    case: caseFile.evidence.id,
    headline: verdicts[0]?.headline ?? null,
    servers: verdicts.slice(0, MOST_SERVERS).map((verdict) => serverOf(verdict, index)),
    evidence: evidenceOf(caseFile, verdicts, index),
    collections: caseFile.collections.slice(0, MOST).map(({ layout, root, host, collectedAt, failed, skipped }) => ({
      layout,
      root,
      host,
      collectedAt,
      failed,
      skipped,
    })),
    prior: caseFile.prior.slice(0, MOST).map(({ tool, says }) => ({ tool, says })),
    limits: caseFile.limits.slice(0, MOST).map((limit) => limit.says),
  };
}

function serverOf(verdict: CaseVerdict, index: CaseIndex): ReportServer {
  const host = index.host(verdict.host);
  const findings = mostTellingFirst(verdict, index);
  return {
    id: verdict.host,
    names: host?.names.slice(0, MOST) ?? [],
    product: host?.product ?? null,
    build: host?.build ?? null,
    fixed: host?.fixed ?? {},
    asOf: host?.asOf ?? null,
    campaign: verdict.campaign,
    headline: verdict.headline,
    says: verdict.says,
    next: verdict.next.slice(0, MOST),
    answers: index
      .claimsOf(verdict)
      .slice(0, MOST)
      .map((claim) => answerOf(claim, index)),
    coverage: index.coverageOf(verdict.host).slice(0, MOST).map(coverageOf),
    findings: {
      count: findings.length,
      byLevel: countsOf(findings.map((finding) => finding.level)),
      first: findings.slice(0, MOST_SHOWN).map(findingOf),
    },
  };
}

function answerOf(claim: CaseClaim, index: CaseIndex): ReportAnswer {
  const first = firstSighting(claim, index);
  const artifact = first === undefined ? undefined : index.artifact(first.sighting.artifact);
  return {
    question: claim.claim,
    answer: claim.answer,
    says: claim.says,
    from: claim.window.from,
    to: claim.window.to,
    findings: claim.rests.slice(0, MOST),
    first:
      first === undefined
        ? null
        : {
            at: first.sighting.at,
            path: artifact?.path ?? '',
            container: artifact?.container ?? null,
            offset: first.sighting.offset,
            length: first.sighting.length,
          },
    unseen: claim.unseen
      .slice(0, MOST)
      .map(({ mustSee, title, spans, fetch }) => ({ mustSee, title, spans: spans.slice(0, MOST).map(spanOf), fetch })),
  };
}

function coverageOf(source: CaseCoverage): ReportCoverage {
  return {
    source: source.kind,
    title: source.title,
    spans: source.spans.slice(0, MOST).map(spanOf),
    records: source.records,
    listed: source.extent?.how ?? null,
    files: source.extent?.files ?? null,
  };
}

function findingOf(finding: CaseFinding): ReportFinding {
  const { id, rule, title, level, count, since, until } = finding;
  const entities = finding.entities.slice(0, MOST).map(({ kind, value }) => ({ kind, value }));
  return { id, rule, title, level, count, since, until, entities };
}

function evidenceOf(caseFile: CaseFile, verdicts: readonly CaseVerdict[], index: CaseIndex): ReportEvidence {
  const { artifacts } = caseFile;
  const sum = (of: (artifact: CaseArtifact) => number): number =>
    artifacts.reduce((total, each) => total + of(each), 0);
  return {
    files: artifacts.length,
    bytes: sum((artifact) => artifact.size),
    records: sum((artifact) => artifact.records),
    notOpened: sum((artifact) => Number(artifact.sha256 === null)),
    notRecognised: sum((artifact) => Number(artifact.sha256 !== null && artifact.format === null)),
    gaps: countsOf(artifacts.flatMap((artifact) => artifact.gaps.map((gap) => gap.reason))),
    first: artifactsFirst(caseFile, verdicts, index)
      .slice(0, MOST_SHOWN)
      .map(({ path, container, size, sha256 }) => ({ path, container, size, sha256 })),
  };
}

function spanOf({ from, to }: CaseSpan): CaseSpan {
  return { from, to };
}

function countsOf(words: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return Object.fromEntries(counts);
}

function ascii(json: string): string {
  return json.replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Of everything that a case can hold many of. The counts beside the lists are of all. */
const MOST = 100;
const MOST_SHOWN = 40;
const MOST_SERVERS = 1000;
