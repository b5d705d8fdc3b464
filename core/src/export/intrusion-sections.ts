import type { CaseFile, CaseFinding, CaseIntrusion } from '../model/case-file.ts';
import { hostName, indexCase } from './case-index.ts';
import type { CaseIndex } from './case-index.ts';
import { counted, timeText } from './figures.ts';
import { ABOUT_STORIES, intrusionsOf, isBreakIn, linkText, tellingSteps } from './intrusion-facts.ts';
import { keptTogether, MARGIN, Page, toned } from './page.ts';
import type { PageOptions } from './page.ts';

/** The stories of a case for the summary; nothing where there is none. */
export function writeIntrusions(page: Page, caseFile: CaseFile, index: CaseIndex): void {
  const stories = intrusionsOf(caseFile);
  if (stories.length === 0) return;
  page.heading('WHAT WAS DONE, STORY BY STORY');
  page.paragraph(toned('faint', ABOUT_STORIES), { indent: MARGIN });
  for (const story of stories.slice(0, MOST_STORIES)) {
    page.blank();
    writeHead(page, story);
    // An attempt is told in its sentence.
    if (!isBreakIn(story)) continue;
    const steps = tellingSteps(story.steps, index, MOST_STEPS);
    for (const step of steps) writeStep(page, step, story, index);
    const left = story.steps.length - steps.length;
    if (left > 0)
      page.paragraph(toned('faint', `${counted(left, 'more step', 'more steps')} of ${story.id}`), { indent: STEP });
    writeTraits(page, story, MOST_TRAITS);
  }
  const left = stories.length - MOST_STORIES;
  page.blank();
  if (left > 0) page.paragraph(`${counted(left, 'more story', 'more stories')} in the case file.`, { indent: MARGIN });
}

/** One story in full: its steps with their findings, what holds it together, and what it fits. */
export function explainIntrusion(caseFile: CaseFile, story: CaseIntrusion, options: PageOptions): string {
  const page = new Page(options);
  const index = indexCase(caseFile);
  page.paragraph([toned('strong', story.id), `, ${story.campaign}, on ${hostsText(story, index)}`]);
  page.paragraph(story.says);
  page.paragraph(toned('faint', ABOUT_STORIES));
  page.heading('WHAT IT PROVES BY ITSELF');
  for (const { claim, host, rests } of story.establishes) {
    const where = story.hosts.length > 1 ? `${hostName(host, index)}, ` : '';
    page.labelled(
      toned('bad', claim),
      `${where}${counted(rests.length, 'finding', 'findings')}: ${rests.slice(0, MOST_IDS).join(', ')}`,
      LABEL,
    );
  }
  page.heading('STEP BY STEP');
  for (const step of story.steps) {
    writeStep(page, step, story, index);
    page.paragraph(toned('faint', step.finding), { indent: STEP });
  }
  page.heading('WHAT HOLDS IT TOGETHER');
  for (const { kind, value, findings } of story.links) {
    const count = toned('faint', `: ${counted(findings.length, 'finding', 'findings')}`);
    page.paragraph([`${page.mark('bullet')} ${linkText(kind) ?? kind} `, keptTogether('plain', value), count], {
      indent: MARGIN,
      hang: MARGIN + 2,
    });
  }
  if (story.links.length === 0) page.paragraph('It is one finding, or findings of one moment.', { indent: MARGIN });
  writeTraits(page, story, Number.POSITIVE_INFINITY);
  return page.text();
}

/** The stories of a case with the ids that `explain` takes; nothing where there is none. */
export function listIntrusions(page: Page, { intrusions }: CaseFile): void {
  if (intrusions.length === 0) return;
  page.heading(`STORIES: ${intrusions.length}`);
  for (const story of intrusions.slice(0, MOST_LISTED)) writeHead(page, story);
  const left = intrusions.length - MOST_LISTED;
  if (left > 0) page.paragraph(`${counted(left, 'more story', 'more stories')} in the case file.`, { indent: MARGIN });
}

/** The stories in which a finding is a step. */
export function writeStoriesOf(page: Page, finding: CaseFinding, { intrusions }: CaseFile): void {
  const own = intrusions.filter((story) => story.steps.some((step) => step.finding === finding.id));
  for (const { id, says } of own.slice(0, MOST_STORIES))
    page.labelled('step of', [toned('faint', `${id} `), says], LABEL);
}

function writeHead(page: Page, story: CaseIntrusion): void {
  const tone = isBreakIn(story) ? 'bad' : 'warn';
  page.paragraph([toned(tone, isBreakIn(story) ? 'BREAK-IN ' : 'ATTEMPT '), toned('faint', story.id)], {
    indent: MARGIN,
  });
  page.paragraph(story.says, { indent: MARGIN });
}

function writeStep(page: Page, step: CaseIntrusion['steps'][number], story: CaseIntrusion, index: CaseIndex): void {
  const time = step.at === null ? 'no time stated' : timeText(step.at);
  const where = story.hosts.length > 1 ? `${hostName(step.host, index)}: ` : '';
  page.labelled(toned('faint', time), `${where}${step.says}`, STEP);
}

function writeTraits(page: Page, { fits, fitsNot }: CaseIntrusion, most: number): void {
  for (const [title, all] of [
    ['It fits:', fits],
    ['It does not fit:', fitsNot],
  ] as const) {
    if (all.length === 0) continue;
    page.paragraph(title, { indent: MARGIN });
    for (const says of all.slice(0, most))
      page.paragraph([`${page.mark('bullet')} `, says], { indent: MARGIN * 2, hang: MARGIN * 2 + 2 });
    if (all.length > most)
      page.paragraph(toned('faint', `${counted(all.length - most, 'more', 'more')} in the case file`), {
        indent: MARGIN * 2,
      });
  }
}

function hostsText(story: CaseIntrusion, index: CaseIndex): string {
  const names = story.hosts.slice(0, MOST_HOSTS).map((host) => hostName(host, index));
  const more = story.hosts.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const LABEL = 15;
const STEP = 22;
const MOST_STORIES = 6;
const MOST_LISTED = 100;
const MOST_STEPS = 12;
const MOST_TRAITS = 4;
const MOST_IDS = 5;
const MOST_HOSTS = 10;
