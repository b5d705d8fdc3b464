import { byteText } from './figures.ts';
import { isNeeded, oneLine, packNames, usualPaths, yamlQuoted } from './collection-plan.ts';
import type { CollectionPlan, PlannedPlace } from './collection-plan.ts';

/**
 * A KAPE target (`.tkape`): YAML with the keys of the TargetGuide of the KapeFiles repository. Drive letters in `Path`
 * stand for the drive that `--tsource` names, so that one target serves every drive; KAPE cannot ask the registry where
 * Exchange lies. `Path` ends in a backslash, and `*` in it stands for any part of a name.
 *
 * Places of which a listing is enough are left out: KAPE copies and cannot list.
 */
export function kapeTarget(plan: CollectionPlan): string {
  const copied = plan.places.filter(({ spec }) => spec.take === 'copy');
  const listed = plan.places.filter(({ spec }) => spec.take === 'list');
  return [
    `Description: ${yamlQuoted(`Evidence for Afterpatch: ${plan.packs.map((pack) => pack.title).join('; ')}`)}`,
    'Author: Afterpatch',
    `Version: ${versionOf(plan)}`,
    `Id: ${guidOf(plan.packs.map((pack) => pack.digest))}`,
    'RecreateDirectories: true',
    'Targets:',
    ...targets(copied, plan),
    '',
    '# Documentation',
    `# Made from ${oneLine(packNames(plan))}`,
    '# Run it on the drive of Windows and again, with another --tsource, on every drive that Exchange or its logs lie on.',
    ...plan.roots.map((root) => `# %${root.name}%, ${oneLine(root.title)}: taken as ${root.usual.join(' or ')}`),
    ...listed.map(({ spec }) => `# A listing of ${spec.path} would help as well; KAPE cannot make one.`),
    '',
  ].join('\n');
}

/**
 * A GUID from what the packs say: version 8 (RFC 9562 5.8) of the digest, or of the digests of several packs added byte
 * by byte, so that their order does not matter.
 */
export function guidOf(digests: readonly string[]): string {
  const bytes = Array.from({ length: 16 }, (_, at) =>
    digests.reduce((sum, digest) => (sum + byteAt(digest, at)) % 256, digests.length - 1),
  );
  bytes[6] = ((bytes[6] ?? 0) % 16) + 0x80;
  bytes[8] = ((bytes[8] ?? 0) % 64) + 0x80;
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function targets(places: readonly PlannedPlace[], plan: CollectionPlan): readonly string[] {
  const lines: string[] = [];
  const said = new Set<string>();
  for (const place of places) {
    for (const path of usualPaths(place.spec, plan)) {
      const target = [
        `        Path: ${yamlQuoted(`${path}\\`)}`,
        `        FileMask: ${yamlQuoted(place.spec.mask)}`,
        `        Recursive: ${place.spec.recursive ? 'true' : 'false'}`,
      ];
      if (said.has(target.join('\n'))) continue;
      said.add(target.join('\n'));
      lines.push(
        '    -',
        `        Name: ${yamlQuoted(place.serves.map((served) => served.title).join('; '))}`,
        '        Category: Afterpatch',
        ...target,
        `        Comment: ${yamlQuoted(commentOf(place))}`,
      );
    }
  }
  return lines;
}

function commentOf(place: PlannedPlace): string {
  const { spec } = place;
  const needed = isNeeded(place) ? 'an answer depends on it' : 'no answer waits for it';
  return `${needed}; up to ${byteText(spec.bytes)}; ${spec.keeps}`;
}

/** KAPE's versions are two numbers. */
function versionOf(plan: CollectionPlan): string {
  const [major = '1', minor = '0'] = (plan.packs[0]?.version ?? '').split('.');
  return `${major === '' ? '1' : major}.${minor}`;
}

function byteAt(digest: string, at: number): number {
  const hex = digest.replace(/^[a-z0-9]+:/, '').slice(at * 2, at * 2 + 2);
  const byte = Number.parseInt(hex, 16);
  return Number.isNaN(byte) ? 0 : byte;
}
