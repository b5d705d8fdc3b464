import type { TellingColumns } from '../exchange-csv/telling-row.ts';
import { isAddress, isIntact, isPath, isStatus, isWord } from '../exchange-csv/telling-value.ts';
import type { Shows, TellingValue } from '../exchange-csv/telling-value.ts';
import type { Layout } from './layout.ts';

/** What a line must show before it counts as a sign that the site was watched, by the layout of its log. */
export function tellingColumns({ places, port }: Layout): TellingColumns {
  const values: TellingValue[] = [];
  const missing: string[] = [];
  for (const [name, shows] of TELLING) {
    const place = places.get(name);
    if (place === undefined) missing.push(name);
    else values.push({ name, place, shows });
  }
  // Without its port a line does not say which of the sites of Exchange it is of, and rules look at that.
  if (port < 0) missing.push('s-port');
  return { values, missing };
}

export const NOTHING_TOLD: TellingColumns = { values: [], missing: ['#Fields'] };

/** Besides the port, which names the source. */
const TELLING: readonly (readonly [string, Shows])[] = [
  ['cs-method', isWord],
  ['cs-uri-stem', isPath],
  ['cs-uri-query', isIntact],
  ['cs-username', isIntact],
  ['c-ip', isAddress],
  ['sc-status', isStatus],
];
