import type { CollectSpec, MustSeeSpec, Pack, RootLookup, SourceNeed } from '../model/pack.ts';

/** What a plan needs of a pack. */
export type CollectionPack = Pick<
  Pack,
  'id' | 'version' | 'title' | 'digest' | 'roots' | 'buildFiles' | 'sources' | 'trees' | 'mustSees'
>;

/** What to take from one server for some packs, in the order to take it. */
export interface CollectionPlan {
  readonly packs: readonly CollectionPack[];
  readonly roots: readonly PlannedRoot[];
  readonly places: readonly PlannedPlace[];
}

/** A root under which at least one place lies; of several packs, all they know of it. */
export interface PlannedRoot {
  readonly name: string;
  readonly title: string;
  readonly lookups: readonly RootLookup[];
  readonly usual: readonly string[];
}

/** One place, with everything that is served by it. */
export interface PlannedPlace {
  readonly spec: CollectSpec;
  readonly serves: readonly Served[];
}

/** A source, a tree, or the files that prove the build. */
export interface Served {
  readonly pack: string;
  readonly id: string;
  readonly title: string;
  /** The must-sees that it is an alternative of; none: it can prove something, and its absence takes nothing away. */
  readonly mustSees: readonly MustSeeSpec[];
}

/**
 * Derives what to collect from what packs must see: every place of every source, tree and build file.
 *
 * Order: by volatility (rank), then what a must-see needs, then the smaller, then as the packs say. Places that are
 * the same for two sources or two packs are one.
 */
export function collectionPlan(packs: readonly CollectionPack[]): CollectionPlan {
  const places = new Map<string, { spec: CollectSpec; serves: Served[]; order: number }>();
  for (const pack of packs) {
    for (const { served, collect } of servedBy(pack)) {
      for (const spec of collect) {
        const key = JSON.stringify([spec.path.toLowerCase(), spec.mask.toLowerCase(), spec.recursive, spec.take]);
        const known = places.get(key);
        if (known === undefined) places.set(key, { spec, serves: [served], order: places.size });
        else {
          known.serves.push(served);
          known.spec = { ...known.spec, rank: Math.min(known.spec.rank, spec.rank) };
        }
      }
    }
  }
  const ordered = [...places.values()].toSorted(
    (a, b) =>
      a.spec.rank - b.spec.rank ||
      Number(isNeeded(b)) - Number(isNeeded(a)) ||
      a.spec.bytes - b.spec.bytes ||
      a.order - b.order,
  );
  return { packs, roots: rootsOf(packs, ordered), places: ordered.map(({ spec, serves }) => ({ spec, serves })) };
}

/** Whether some must-see asks for the place. */
export function isNeeded(place: PlannedPlace): boolean {
  return place.serves.some((served) => served.mustSees.length > 0);
}

/** `%SystemRoot%\System32` as the name of its root and what stands below it, empty for the root itself. */
export function splitRoot(path: string): { readonly root: string; readonly below: string } {
  const end = path.indexOf('%', 1);
  return { root: path.slice(1, end), below: path.slice(end + 2) };
}

/** The places under each of the usual folders of their roots: for collectors that cannot ask the server. */
export function usualPaths(spec: CollectSpec, plan: CollectionPlan): readonly string[] {
  const { root, below } = splitRoot(spec.path);
  const known = plan.roots.find((each) => each.name === root);
  return (known?.usual ?? []).map((folder) => (below === '' ? folder : `${folder}\\${below}`));
}

/** Bytes to make room for. A place inside another one is not counted twice. */
export function roomFor(plan: CollectionPlan): number {
  const copied = plan.places.filter(({ spec }) => spec.take === 'copy').map(({ spec }) => spec);
  return copied
    .filter((spec) => !copied.some((other) => other !== spec && holds(other, spec)))
    .reduce((sum, spec) => sum + spec.bytes, 0);
}

/** `exchange-2021-03 1.0.0 (sha256:…)` of each pack. */
export function packNames(plan: CollectionPlan): string {
  return plan.packs.map((pack) => `${pack.id} ${pack.version} (${pack.digest})`).join(', ');
}

/** Text of a pack for one line of a script or a target: whatever ends a line or shows nothing is a space. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

/** A YAML 1.2 single-quoted scalar of one line. */
export function yamlQuoted(text: string): string {
  return `'${oneLine(text).replaceAll("'", "''")}'`;
}

function servedBy(pack: CollectionPack): readonly { served: Served; collect: readonly CollectSpec[] }[] {
  const wanting = (asks: (need: SourceNeed) => boolean): readonly MustSeeSpec[] =>
    pack.mustSees.filter((mustSee) => mustSee.anyOf.some(asks));
  const all = [
    ...pack.sources.map(({ id, title, collect }) => ({
      served: { pack: pack.id, id, title, mustSees: wanting((need) => need.is === 'source' && need.source === id) },
      collect,
    })),
    ...pack.trees.map(({ id, title, collect }) => ({
      served: { pack: pack.id, id, title, mustSees: wanting((need) => need.is === 'tree' && need.tree === id) },
      collect,
    })),
  ];
  if (pack.buildFiles === undefined) return all;
  const { title, collect } = pack.buildFiles;
  const mustSees = wanting((need) => need.is === 'build');
  return [...all, { served: { pack: pack.id, id: 'build', title, mustSees }, collect }];
}

function rootsOf(packs: readonly CollectionPack[], places: readonly PlannedPlace[]): readonly PlannedRoot[] {
  const used = new Set(places.map(({ spec }) => splitRoot(spec.path).root));
  // A lookup in a file may begin with a root that no place needs.
  for (const { lookup } of packs.flatMap((pack) => pack.roots)) {
    if (lookup?.is === 'xml' && lookup.file.startsWith('%')) used.add(splitRoot(lookup.file).root);
  }
  const roots = new Map<string, { name: string; title: string; lookups: RootLookup[]; usual: string[] }>();
  for (const { name, title, lookup, usual } of packs.flatMap((pack) => pack.roots)) {
    if (!used.has(name)) continue;
    const root = roots.get(name) ?? { name, title, lookups: [], usual: [] };
    roots.set(name, root);
    if (lookup !== undefined && !root.lookups.some((l) => JSON.stringify(l) === JSON.stringify(lookup)))
      root.lookups.push(lookup);
    for (const path of usual) if (!root.usual.includes(path)) root.usual.push(path);
  }
  return [...roots.values()];
}

/** Whether everything of `inner` is taken with `outer` as well. */
function holds(outer: CollectSpec, inner: CollectSpec): boolean {
  const [above, below] = [outer.path.toLowerCase(), inner.path.toLowerCase()];
  if (above === below)
    return outer.recursive && (outer.mask === '*' || outer.mask === inner.mask) && outer.mask !== inner.mask;
  return outer.recursive && below.startsWith(`${above}\\`) && (outer.mask === '*' || outer.mask === inner.mask);
}
