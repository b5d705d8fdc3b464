import { isoSecond } from '../bytes/time.ts';
import type { Claim, Headline } from '../model/claim.ts';
import type { BuildSighting, Coverage } from '../model/coverage.ts';
import type { Micros } from '../model/evidence.ts';
import type { Finding } from '../model/finding.ts';
import type { Pack } from '../model/pack.ts';
import { PROVING_RANK, weighBuilds } from './builds.ts';
import type { BuildVerdict } from './builds.ts';
import { judgeClaims } from './claims.ts';
import { exposureOf } from './exposure.ts';
import type { Exposure } from './exposure.ts';
import { headlineOf } from './headline.ts';

/** What the engine gathered about one host. */
export interface HostGathering {
  readonly host: string;
  readonly asOf: Micros | undefined;
  /** The last time the evidence itself shows. */
  readonly collected: Micros | undefined;
  readonly findings: readonly Finding[];
  /** Ids of findings that only an earlier state of the server shows. */
  readonly past: ReadonlySet<string>;
  /** Findings of other servers whose requests went on to this one, with what this one shows of them. */
  readonly through?: ReadonlyMap<Finding, readonly Finding[]>;
  /** What ties the host to others, in sentences that belong to its verdict. */
  readonly ties?: readonly string[];
  readonly coverage: readonly Coverage[];
  readonly builds: readonly BuildSighting[];
  /** Rules that hit more often, or on more things, than was kept. */
  readonly drowned: ReadonlySet<string>;
}

/** The judge's answer for one host and one campaign. */
export interface Verdict {
  readonly host: string;
  readonly campaign: string;
  readonly headline: Headline;
  readonly says: string;
  readonly next: readonly string[];
  readonly claims: readonly Claim[];
  readonly builds: BuildVerdict;
  readonly exposure: readonly Exposure[];
}

/** Applies one pack to one host. */
export function judge(gathering: HostGathering, pack: Pack): Verdict {
  const logged = firstLogged(gathering.coverage, pack);
  const builds = weighBuilds(gathering.builds, pack, {
    ...(logged === undefined ? {} : { firstLogged: logged }),
    ...(gathering.asOf === undefined ? {} : { asOf: gathering.asOf }),
  });
  const proven = builds.rank !== undefined && builds.rank <= PROVING_RANK;
  const through = gathering.through ?? NOTHING;
  const claims = judgeClaims(
    {
      host: gathering.host,
      asOf: gathering.asOf,
      collected: gathering.collected,
      findings: [...gathering.findings, ...through.keys()],
      past: gathering.past,
      through: new Map([...through].map(([finding, echoes]) => [finding.id, echoes])),
      builds,
      drowned: gathering.drowned,
      sight: {
        coverage: gathering.coverage,
        buildRank: builds.rank,
        buildKnown:
          proven && builds.disagreement === undefined && [...builds.fixed.values()].every((f) => f !== 'unknown'),
      },
    },
    pack,
  );
  const headline = headlineOf(claims, gathering.coverage, pack);
  const next = pack.advice.filter((a) => a.when.includes(headline)).map((a) => a.says);
  return {
    host: gathering.host,
    campaign: pack.id,
    headline,
    says: [says(headline, claims, builds), ...(gathering.ties ?? [])].join(' '),
    next,
    claims,
    builds,
    exposure: exposureOf({ builds, findings: gathering.findings, asOf: gathering.asOf, firstLogged: logged }, pack),
  };
}

/** The first record of any log that the campaign's must-sees name: the product ran then. */
function firstLogged(coverage: readonly Coverage[], pack: Pack): Micros | undefined {
  const needed = new Set(pack.mustSees.flatMap((m) => m.anyOf).flatMap((n) => (n.is === 'source' ? [n.source] : [])));
  const starts = coverage
    .filter((c) => needed.has(c.kind))
    .flatMap((c) => (c.spans[0] === undefined ? [] : [c.spans[0].from]));
  return starts.length === 0 ? undefined : Math.min(...starts);
}

function says(headline: Headline, claims: readonly Claim[], builds: BuildVerdict): string {
  const signs = claims.some((c) => c.answer === 'undetermined' && c.claim !== 'remediated' && c.rests.length > 0);
  const sentence = headline === 'no-trace-within-coverage' && signs ? UNEXPLAINED : SENTENCES[headline];
  const vulnerable = claims.find((c) => c.claim === 'vulnerable');
  const window = claims.find((c) => c.claim === 'exploited')?.window;
  const dates = window?.to === undefined ? '' : ` Looked at: ${isoSecond(window.from)} to ${isoSecond(window.to)}.`;
  const missing = new Set(claims.flatMap((c) => (c.answer === 'undetermined' ? c.unseen.map((u) => u.title) : [])));
  const unseen = missing.size > 0 && QUALIFIED.has(headline) ? ` Not seen: ${[...missing].join('; ')}.` : '';
  const open = vulnerable?.answer === 'established' && [...builds.fixed.values()].includes('no');
  return `${sentence}${open ? ' The server still lacks the fix.' : ''}${dates}${unseen}`;
}

const NOTHING: ReadonlyMap<Finding, readonly Finding[]> = new Map();

const UNEXPLAINED =
  'No proof of the campaign, but signs of it that nobody has explained yet; look at the findings first. This is not an all-clear.';

const SENTENCES: Readonly<Record<Headline, string>> = {
  'compromised-backdoor-present': 'The server was broken into, and a way back in is still there.',
  compromised: 'The server was broken into; whether a way back in is left could not be decided.',
  'compromised-no-backdoor-seen':
    'The server was broken into; no way back in was seen in any place this evidence covers.',
  'compromised-remediated': 'The server was broken into and has been repaired.',
  'targeted-outcome-unknown': 'The server was attacked; the evidence does not decide whether the attack succeeded.',
  'targeted-not-successful': 'The server was attacked or scanned; the attack did not succeed.',
  'insufficient-evidence': 'The evidence is not enough to say anything about this campaign; this is not an all-clear.',
  'no-trace-within-coverage':
    'No trace of the campaign in what was seen; what was not seen may hold one. This is not an all-clear.',
  'no-trace': 'No trace of the campaign, and every source that would show one was seen.',
  'not-vulnerable': 'The server was installed with the fix and was never vulnerable to this campaign.',
};

const QUALIFIED: ReadonlySet<Headline> = new Set([
  'compromised',
  'compromised-backdoor-present',
  'compromised-no-backdoor-seen',
  'targeted-outcome-unknown',
  'no-trace-within-coverage',
  'insufficient-evidence',
]);
