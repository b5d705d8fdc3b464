import type { RuleMeta } from '../model/check.ts';
import type { Finding } from '../model/finding.ts';
import type { TreeSpec } from '../model/pack.ts';

/** Which addresses stand for more than one person, so that they link nobody. */
export interface AddressBook {
  /** Proxies that somebody declared, load balancers that traffic betrays, the machine itself. */
  isShared(address: string, host: string): boolean;
  /** Addresses that mean the same machine only inside one network: private ranges, unique local ones. */
  isLocal(address: string): boolean;
}

/** A value by which findings hang together. */
export interface Thread {
  readonly kind: string;
  readonly value: string;
  /** Empty where the value means the same on every host; else the host. */
  readonly scope: string;
}

/** What decides whether two values are the same. */
export interface Surroundings {
  readonly book: AddressBook;
  /** The served folders of the pack, in whose URLs a page has one name. */
  readonly trees: readonly TreeSpec[];
}

/** What one finding hangs on. Without threads only its times say whom it belongs to. */
export interface Threads {
  readonly own: readonly Thread[];
  /** Addresses that asked for the same page: they are linked by it, and may be several people. */
  readonly visitors: readonly Thread[];
}

/**
 * The threads of one finding.
 *
 * A finding holds up to twenty values of a kind; only what its rule folds by belongs to all of its hits. Therefore an
 * address or a page counts where it is the key, and a session or a canary where the finding is of one client alone or
 * has one value only: behind a load balancer one finding holds the hits of all intruders together. Names of programs are
 * no thread: one chain changes them on its way, and everybody uses the same tools. Nor are hashes across hosts.
 */
export function threadsOf(finding: Finding, meta: RuleMeta, { book, trees }: Surroundings): Threads {
  const own: Thread[] = [];
  const values = valuesByKind(finding);
  const addresses = (values.get('address') ?? []).filter((address) => !book.isShared(address, finding.host));
  const ofAddress = (value: string): Thread => ({
    kind: 'address',
    value,
    scope: book.isLocal(value) ? finding.host : '',
  });
  const byAddress = meta.key.includes('address');
  if (byAddress) for (const address of addresses) own.push(ofAddress(address));
  for (const kind of TOKENS) {
    const tokens = (values.get(kind) ?? []).filter((token) => token.length >= SHORTEST_TOKEN);
    if (tokens.length === 1 || own.length > 0 || meta.key.includes(kind))
      for (const value of tokens) own.push({ kind, value, scope: '' });
  }
  if (!meta.key.includes('path')) return { own, visitors: [] };
  for (const value of values.get('path') ?? [])
    own.push({ kind: 'path', value: pageOf(value, trees), scope: finding.host });
  const all = values.get('address') ?? [];
  const [single] = addresses;
  if (byAddress || single === undefined) return { own, visitors: [] };
  if (all.length === 1) own.push(ofAddress(single));
  return { own, visitors: all.length === 1 ? [] : addresses.map(ofAddress) };
}

export function keyOf({ kind, value, scope }: Thread): string {
  return `${kind}\n${scope}\n${value}`;
}

/**
 * The URL path of a page, whether a request named it or the file system: events name the file that was written, alone or in a
 * sentence. Text that leads into no served folder stays as it is.
 */
export function pageOf(value: string, trees: readonly TreeSpec[]): string {
  if (!value.includes('\\') || value.length > LONGEST_PATH) return value;
  const path = `/${value.toLowerCase().replaceAll('\\', '/')}`;
  for (const { roots, url } of trees) {
    for (const root of url === undefined ? [] : roots) {
      const at = path.lastIndexOf(`/${root}/`);
      if (at < 0) continue;
      const [rest = ''] = path.slice(at + root.length + 2).split(/["'<>|*?]/, 1);
      return `${url ?? '/'}${rest}`;
    }
  }
  return value;
}

function valuesByKind(finding: Finding): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const { kind, value } of finding.entities) {
    const known = values.get(kind);
    if (known === undefined) values.set(kind, [value]);
    else known.push(value);
  }
  return values;
}

/** Sets of nodes that were found to be one; path halving and union by size, so nearly linear. */
export class Unions {
  readonly #parents: number[] = [];
  readonly #sizes: number[] = [];

  add(): number {
    this.#parents.push(this.#parents.length);
    this.#sizes.push(1);
    return this.#parents.length - 1;
  }

  root(node: number): number {
    let at = node;
    for (;;) {
      const parent = this.#parents[at] ?? at;
      if (parent === at) return at;
      const above = this.#parents[parent] ?? parent;
      this.#parents[at] = above;
      at = above;
    }
  }

  join(a: number, b: number): void {
    let [large, small] = [this.root(a), this.root(b)];
    if (large === small) return;
    if ((this.#sizes[large] ?? 1) < (this.#sizes[small] ?? 1)) [large, small] = [small, large];
    this.#parents[small] = large;
    this.#sizes[large] = (this.#sizes[large] ?? 1) + (this.#sizes[small] ?? 1);
  }
}

/** Values that only one client has, because the server made them for it. */
const TOKENS: readonly string[] = ['session', 'canary', 'request-id', 'activity-id'];
/** A canary that was cut, `[cut]` or `…`, is one that many have. */
const SHORTEST_TOKEN = 16;
const LONGEST_PATH = 4_096;
