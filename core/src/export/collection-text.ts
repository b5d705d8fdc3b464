import type { MustSeeSpec } from '../model/pack.ts';
import { isNeeded, roomFor } from './collection-plan.ts';
import type { CollectionPlan, PlannedPlace, PlannedRoot } from './collection-plan.ts';
import { byteText } from './figures.ts';
import { MARGIN, Page, toned } from './page.ts';
import type { PageOptions } from './page.ts';

/** What to collect, for a person with a disk in the hand: where, how much, in which order, and why each. */
export function collectionText(plan: CollectionPlan, options: PageOptions): string {
  const page = new Page(options);
  page.paragraph(toned('strong', 'WHAT TO COLLECT, IN THIS ORDER'));
  for (const pack of plan.packs) {
    page.paragraph([pack.title, toned('faint', ` - ${pack.id} ${pack.version}`)]);
    page.paragraph(toned('faint', pack.digest));
  }
  page.heading('BEFORE YOU BEGIN');
  for (const hint of HINTS) page.paragraph([`${page.mark('bullet')} `, hint], { indent: MARGIN, hang: MARGIN + 2 });
  page.paragraph(
    [`${page.mark('bullet')} `, `Make room for about ${byteText(roomFor(plan))}; most servers hold far less.`],
    { indent: MARGIN, hang: MARGIN + 2 },
  );
  page.heading('WHERE FOLDERS LIE');
  for (const root of plan.roots) page.labelled(toned('strong', `%${root.name}%`), rootText(root), ROOT_LABEL);
  const explained = new Set<MustSeeSpec>();
  let rank = 0;
  for (const [at, place] of plan.places.entries()) {
    if (place.spec.rank !== rank) page.heading(rankText(place.spec.rank));
    else page.blank();
    rank = place.spec.rank;
    writePlace(page, at + 1, place, explained);
  }
  return page.text();
}

function writePlace(page: Page, number: number, place: PlannedPlace, explained: Set<MustSeeSpec>): void {
  const { spec } = place;
  const names = place.serves.map((served) => served.title).join('; ');
  page.labelled(toned('strong', `${number}.`), toned('strong', names), NUMBER);
  const line = (label: string, text: string): void => page.labelled(`    ${label}`, text, LABEL);
  line('from', `${spec.path}\\${spec.mask === '*' ? '' : spec.mask}`);
  const below = spec.recursive ? 'with all folders below it' : 'this folder only';
  line(
    'take',
    spec.take === 'list'
      ? `${below}; a listing is enough (path, size, times, SHA-256)`
      : `${below}; up to ${byteText(spec.bytes)}`,
  );
  line('kept', spec.keeps);
  const mustSees = [...new Set(place.serves.flatMap((served) => served.mustSees))];
  if (!isNeeded(place)) line('why', 'it can prove more; no answer waits for it');
  for (const mustSee of mustSees) {
    line('why', explained.has(mustSee) ? `${mustSee.title} (see above)` : `${mustSee.title}: ${mustSee.why}`);
    explained.add(mustSee);
  }
}

function rootText(root: PlannedRoot): string {
  const ways = root.lookups.map((lookup) =>
    lookup.is === 'registry'
      ? `the registry says where: HKEY_LOCAL_MACHINE\\${lookup.key}, value ${lookup.value}`
      : `every ${lookup.element} ${lookup.attribute} in ${lookup.file}`,
  );
  return [root.title, ...ways, `usually ${root.usual.join(' or ')}`].join('; ');
}

function rankText(rank: number): string {
  if (rank === 1) return 'FIRST: OVERWRITTEN SOONEST';
  return `THEN (${rank})`;
}

const HINTS = [
  'If anybody wants an image of the memory, take it before anything else. Afterpatch does not read it.',
  'Copy, do not move; change nothing on the server, and do not clean it first. Do not save to a drive of the server itself.',
  'Keep the paths: C/inetpub/logs/LogFiles/W3SVC1/… below one folder for each server, or one archive for each.',
  'What is not there is no mistake: write down that you looked.',
];
const NUMBER = 4;
const LABEL = 11;
const ROOT_LABEL = 24;
