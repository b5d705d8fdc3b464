import type { RuleMeta } from '../model/check.ts';
import type { Micros } from '../model/evidence.ts';
import type { Finding } from '../model/finding.ts';

/** A finding, or those of its hits that belong to one story. */
export interface StoryPart {
  readonly finding: Finding;
  readonly meta: RuleMeta;
  /** Sorted; empty where the evidence states no time. */
  readonly times: readonly Micros[];
  readonly count: number;
}

/** Some hits of a finding; all of them are the finding, with its own count. */
export function partOf(finding: Finding, meta: RuleMeta, times: readonly Micros[]): StoryPart {
  return { finding, meta, times, count: times.length === finding.times.length ? finding.count : times.length };
}

/** A sign strong enough to hold a story together. */
export function isTelling({ weight, rung, level }: RuleMeta): boolean {
  return (weight === 'strong' || weight === 'decisive') && rung > 0 && level !== 'informational';
}

/** What an address asked for besides; of an address that many share it is what others asked for. */
export function isTraffic({ key, weight, rung }: RuleMeta): boolean {
  return key.includes('address') && rung === 0 && (weight === 'weak' || weight === 'noise');
}

/** Something by which somebody came in, as against what is done later on, which anybody can do who finds the way. */
export function isEntry({ meta }: StoryPart): boolean {
  return isTelling(meta) && (meta.stage === 'ssrf' || meta.stage === 'file-write');
}
