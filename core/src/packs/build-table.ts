import type { Micros } from '../model/evidence.ts';
import type { CumulativeUpdate } from '../model/pack.ts';
import { MapReader, quoted } from './map-reader.ts';
import { complain } from './pack-sheet.ts';
import type { Located, Sheet } from './pack-sheet.ts';
import { readBuild, readTime } from './pack-words.ts';

/**
 * Reads `builds.yaml`: the cumulative updates of each product, and the build that fixed them. `fixed` says it in words
 * where there is no build: `included` in the cumulative update itself, or `never`. It may not be left out, because a
 * forgotten line would read as "no fix exists". `support` says until when a product line got updates, and of a single
 * cumulative update that it ended earlier.
 */
export function readBuildTable(root: Located | undefined, sheet: Sheet): readonly CumulativeUpdate[] {
  const reader = new MapReader(root, 'builds', sheet);
  const support = readSupport(reader, sheet);
  const updates: CumulativeUpdate[] = [];
  const seen = new Map<string, number>();
  for (const node of reader.list('updates')) {
    const update = readUpdate(node, support, sheet);
    for (const key of [`${update.product} ${update.name}`, update.build.split('.').slice(0, 3).join('.')]) {
      const before = seen.get(key);
      if (before !== undefined)
        complain(sheet, 'P008', node.line, `update: ${quoted(key)} already stands on line ${before}`);
      seen.set(key, node.line);
    }
    updates.push(update);
  }
  for (const product of support.keys()) {
    if (!updates.some((update) => update.product === product))
      complain(sheet, 'P017', reader.lineOf('support'), `support: no update is of product ${quoted(product)}`);
  }
  reader.close();
  return updates;
}

/** The day on which support of each product line ended. */
function readSupport(reader: MapReader, sheet: Sheet): ReadonlyMap<string, Micros> {
  if (!reader.has('support')) return new Map();
  const products = reader.map('support', 'support');
  return new Map(
    products
      .keys()
      .map((product) => [
        product,
        readTime({ text: products.text(product), line: products.lineOf(product), what: `support ${product}` }, sheet),
      ]),
  );
}

function readUpdate(node: Located, support: ReadonlyMap<string, Micros>, sheet: Sheet): CumulativeUpdate {
  const reader = new MapReader(node, 'update', sheet);
  const build = reader.text('build');
  const fixed = reader.text('fixed');
  const product = reader.text('product');
  const own = reader.optionalText('support');
  const supportEnds =
    own === undefined
      ? support.get(product)
      : readTime({ text: own, line: reader.lineOf('support'), what: 'update support' }, sheet);
  const update: CumulativeUpdate = {
    product,
    name: reader.text('name'),
    build,
    fixed: fixed === 'included' || fixed === 'never' ? undefined : fixed,
    included: fixed === 'included',
    ...(supportEnds === undefined ? {} : { supportEnds }),
  };
  reader.close();
  const parts = readBuild({ text: build, line: reader.lineOf('build'), what: 'update build' }, sheet);
  if (update.fixed !== undefined && update.fixed !== '') {
    const line = reader.lineOf('fixed');
    if (!/^[\d.]+$/.test(fixed)) {
      complain(sheet, 'P013', line, `update fixed: expected a build, included or never, found ${quoted(fixed)}`);
      return update;
    }
    const fix = readBuild({ text: fixed, line, what: 'update fixed' }, sheet);
    if (parts.length > 0 && fix.length > 0) checkFix(parts, fix, { line, build, fixed }, sheet);
  }
  return update;
}

/** Builds are compared inside a cumulative update: 15.1.2176.2 is newer than 15.1.2106.13 and yet not fixed. */
function checkFix(
  build: readonly number[],
  fix: readonly number[],
  at: { readonly line: number; readonly build: string; readonly fixed: string },
  sheet: Sheet,
): void {
  if (build.slice(0, 3).join('.') !== fix.slice(0, 3).join('.')) {
    complain(
      sheet,
      'P021',
      at.line,
      `update fixed: expected the first three numbers of ${at.build}, found ${at.fixed}`,
    );
  } else if ((fix[3] ?? 0) <= (build[3] ?? 0)) {
    complain(sheet, 'P021', at.line, `update fixed: expected a build above ${at.build}, found ${at.fixed}`);
  }
}
