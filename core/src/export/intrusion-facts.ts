import type { CaseFile, CaseIntrusion } from '../model/case-file.ts';
import type { Level } from '../model/finding.ts';
import type { CaseIndex } from './case-index.ts';

export type Step = CaseIntrusion['steps'][number];

/** Break-ins and attempts of the hosts in question, in the order of the case. */
export function intrusionsOf(caseFile: CaseFile, hosts?: ReadonlySet<string>): readonly CaseIntrusion[] {
  if (hosts === undefined) return caseFile.intrusions;
  return caseFile.intrusions.filter((each) => each.hosts.some((host) => hosts.has(host)));
}

/** Whether a story shows more than an attempt. */
export function isBreakIn({ establishes }: CaseIntrusion): boolean {
  return establishes.some(({ claim }) => claim !== 'targeted' && claim !== 'vulnerable');
}

/** At most so many steps in their order: the ones of the loudest findings. */
export function tellingSteps(steps: readonly Step[], index: CaseIndex, most: number): readonly Step[] {
  if (steps.length <= most) return steps;
  const loudness = (step: Step): number => LEVELS.indexOf(index.finding(step.finding)?.level ?? 'informational');
  return steps
    .map((step, at) => ({ step, at, loudness: loudness(step) }))
    .toSorted((a, b) => b.loudness - a.loudness || a.at - b.at)
    .slice(0, most)
    .toSorted((a, b) => a.at - b.at)
    .map(({ step }) => step);
}

/** What a kind of link means, in words; nothing for a kind that this version does not know. */
export function linkText(kind: string): string | undefined {
  return LINK_WORDS.get(kind);
}

/** Said wherever stories are told. */
export const ABOUT_STORIES =
  'Each story is what the evidence can tell apart, so their number is no count of intruders: two stories that nothing links may be of one. What they fit and do not fit says how it was done, never who did it.';

const LEVELS: readonly Level[] = ['informational', 'low', 'medium', 'high', 'critical'];
const LINK_WORDS: ReadonlyMap<string, string> = new Map([
  ['address', 'the same address'],
  ['session', 'the same session of the admin centre'],
  ['canary', 'the same token of a session'],
  ['request-id', 'the same request in two logs'],
  ['activity-id', 'the same activity in two logs'],
  ['path', 'the same page'],
  ['time', 'at work alone at that time'],
  ['only-writer', 'a page without a time, and nobody else known to have written a file'],
  ['visited-path', 'came to a page of another story'],
]);
