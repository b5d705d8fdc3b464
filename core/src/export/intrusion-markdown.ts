import type { CaseFile, CaseIntrusion } from '../model/case-file.ts';
import { hostName } from './case-index.ts';
import type { CaseIndex } from './case-index.ts';
import { counted, timeText } from './figures.ts';
import { ABOUT_STORIES, intrusionsOf, isBreakIn, linkText, tellingSteps } from './intrusion-facts.ts';
import { codeSpan, prose, tableHead, tableRow } from './markdown.ts';

/** The stories of a case as Markdown lines; none where there is no story of these hosts. */
export function intrusionsMarkdown(
  caseFile: CaseFile,
  index: CaseIndex,
  options: { readonly hosts?: ReadonlySet<string> },
): readonly string[] {
  const stories = intrusionsOf(caseFile, options.hosts);
  if (stories.length === 0) return [];
  const shown = stories.slice(0, MOST_STORIES);
  const left = stories.length - shown.length;
  return [
    '',
    '## What was done, story by story',
    '',
    ABOUT_STORIES,
    ...shown.flatMap((story) => storyLines(story, index)),
    ...(left > 0 ? ['', `*${counted(left, 'more story', 'more stories')} in the case file.*`] : []),
    '',
  ];
}

function storyLines(story: CaseIntrusion, index: CaseIndex): readonly string[] {
  const lines = [
    '',
    `### ${isBreakIn(story) ? 'Break-in' : 'Attempt'} ${codeSpan(story.id, SHORT)}`,
    '',
    prose(story.says),
  ];
  if (!isBreakIn(story)) return lines;
  const several = story.hosts.length > 1;
  const steps = tellingSteps(story.steps, index, MOST_STEPS);
  const rows = steps.map((step) =>
    tableRow([
      step.at === null ? 'no time stated' : timeText(step.at),
      ...(several ? [codeSpan(hostName(step.host, index), SHORT)] : []),
      prose(step.says, BRIEF),
      codeSpan(step.finding, SHORT),
    ]),
  );
  const more = story.steps.length - steps.length;
  const links = story.links
    .slice(0, MOST_LINKS)
    .map(
      ({ kind, value, findings }) =>
        `- ${linkText(kind) ?? codeSpan(kind, SHORT)}: ${codeSpan(value, BRIEF)} (${counted(findings.length, 'finding', 'findings')})`,
    );
  return [
    ...lines,
    '',
    ...tableHead(['When', ...(several ? ['Server'] : []), 'Step', 'Finding']),
    ...rows,
    ...(more > 0 ? ['', `*${counted(more, 'more step', 'more steps')} in the case file.*`] : []),
    ...(links.length === 0 ? [] : ['', 'What holds it together:', '', ...links]),
    ...traitLines('It fits:', story.fits),
    ...traitLines('It does not fit:', story.fitsNot),
  ];
}

function traitLines(title: string, all: readonly string[]): readonly string[] {
  if (all.length === 0) return [];
  const more = all.length - MOST_TRAITS;
  return [
    '',
    title,
    '',
    ...all.slice(0, MOST_TRAITS).map((says) => `- ${prose(says, BRIEF)}`),
    ...(more > 0 ? [`- *${counted(more, 'more', 'more')} in the case file*`] : []),
  ];
}

const MOST_STORIES = 5;
const MOST_STEPS = 25;
const MOST_TRAITS = 10;
const MOST_LINKS = 8;
const SHORT = 100;
const BRIEF = 200;
