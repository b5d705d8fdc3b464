import { byteText } from './figures.ts';
import { isNeeded, oneLine, packNames, roomFor, splitRoot } from './collection-plan.ts';
import type { CollectionPlan, PlannedPlace, PlannedRoot } from './collection-plan.ts';
import { COLLECTION_SCRIPT, COLLECTION_SCRIPT_HEAD } from './collection-script.ts';

/**
 * A script for Windows PowerShell 3 and newer that copies the places of a plan from the server it runs on. What it does
 * and does not do stands at the top of the script itself (collection-script.ts). Everything a pack says comes into it as
 * data, in single quotes.
 */
export function powershellScript(plan: CollectionPlan): string {
  const head = COLLECTION_SCRIPT_HEAD.replace('@PACKS@', () => oneLine(packNames(plan))).replace('@ROOM@', () =>
    byteText(roomFor(plan)),
  );
  const lines = [
    head.trim(),
    '',
    `$MadeFrom = ${quotedForPowerShell(packNames(plan))}`,
    '',
    '# Where folders lie: the environment variable of that name, then these.',
    '$Roots = @(',
    plan.roots.map(rootLine).join(',\n'),
    ')',
    '',
    '# What to take, soonest overwritten first.',
    '$Places = @(',
    plan.places.map((place, at) => placeLine(place, at + 1)).join(',\n'),
    ')',
    '',
    COLLECTION_SCRIPT.trim(),
    '',
  ];
  return lines.join('\n').replaceAll('\n', '\r\n');
}

/**
 * A single-quoted string of PowerShell, in which nothing but the quote itself has a meaning. PowerShell takes four
 * typographic quotes for the same, so they are doubled as well.
 */
export function quotedForPowerShell(text: string): string {
  return `'${oneLine(text).replaceAll(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`;
}

function rootLine(root: PlannedRoot): string {
  const lookups = root.lookups.map((lookup) =>
    lookup.is === 'registry'
      ? `@{ Registry = ${quotedForPowerShell(`HKLM:\\${lookup.key}`)}; Value = ${quotedForPowerShell(lookup.value)} }`
      : `@{ Xml = ${quotedForPowerShell(lookup.file)}; Element = ${quotedForPowerShell(lookup.element)}; Attribute = ${quotedForPowerShell(lookup.attribute)} }`,
  );
  const usual = root.usual.map(quotedForPowerShell).join(', ');
  return `  @{ Name = ${quotedForPowerShell(root.name)}; Lookups = @(${lookups.join(', ')}); Usual = @(${usual}) }`;
}

function placeLine(place: PlannedPlace, number: number): string {
  const { spec, serves } = place;
  const { root, below } = splitRoot(spec.path);
  const why = serves.flatMap((served) => served.mustSees).map((mustSee) => oneLine(mustSee.title));
  const comment = isNeeded(place) ? `needed for: ${[...new Set(why)].join('; ')}` : 'can prove more';
  const entries = [
    `Number = ${number}`,
    `Title = ${quotedForPowerShell(serves.map((served) => served.title).join('; '))}`,
    `Root = ${quotedForPowerShell(root)}`,
    `Below = ${quotedForPowerShell(below)}`,
    `Mask = ${quotedForPowerShell(spec.mask)}`,
    `Recursive = ${spec.recursive ? '$true' : '$false'}`,
    `Copy = ${spec.take === 'copy' ? '$true' : '$false'}`,
  ];
  return `  # ${spec.path}: ${comment}\n  @{ ${entries.join('; ')} }`;
}
