import type { EvidenceRecord } from '../model/reading.ts';
import { holdsAddress, parseAddress, parseCidr } from '../rules/sigma/cidr.ts';
import type { Cidr } from '../rules/sigma/cidr.ts';
import type { AddressBook } from '../verdict/intrusion-threads.ts';

/** What a sample of the requests says of one address on one host. */
export interface ClientCount {
  /** The host as records name it, `''` where they do not. */
  readonly host: string;
  readonly address: string;
  /** Sampled requests. */
  requests: number;
  /** Names of those who were signed in and answered, a few of them. */
  readonly users: Set<string>;
  /** Rows name it as the address of the server that answered. */
  isServer: boolean;
}

/**
 * Counts who asks a web server, by a sample: an address that many people share is many people, whatever it did.
 *
 * Every 32nd record of an artifact is looked at, so that rows which no rule wants are not taken apart for it.
 */
export class ClientTally {
  readonly #counts = new Map<string, ClientCount>();
  #seen = 0;

  see(record: EvidenceRecord): void {
    this.#seen += 1;
    if (this.#seen % SAMPLE !== 1 || !KINDS.has(record.kind)) return;
    const address = textOf(record, 'client');
    const server = textOf(record, 's-ip');
    if (server !== undefined) {
      const count = this.#count(record, server);
      if (count !== undefined) count.isServer = true;
    }
    const count = address === undefined ? undefined : this.#count(record, address);
    if (count === undefined) return;
    count.requests += 1;
    const user = textOf(record, 'user')?.toLowerCase();
    const status = Number(record.get('status') ?? record.get('HttpStatus'));
    if (user === undefined || user.endsWith('$') || user.includes('healthmailbox')) return;
    if (status >= 200 && status < 400 && count.users.size < MOST_USERS) count.users.add(user.slice(0, LONGEST_USER));
  }

  counts(): readonly ClientCount[] {
    return [...this.#counts.values()];
  }

  #count(record: EvidenceRecord, address: string): ClientCount | undefined {
    const host = record.host ?? '';
    const key = `${host}\n${address}`;
    let count = this.#counts.get(key);
    if (count === undefined) {
      if (this.#counts.size >= MOST_ADDRESSES || parseAddress(address) === undefined) return undefined;
      count = { host, address, requests: 0, users: new Set(), isServer: false };
      this.#counts.set(key, count);
    }
    return count;
  }
}

/** What is known of addresses once all artifacts were read. */
export interface KnownAddresses extends AddressBook {
  /** Addresses that traffic betrays as shared, in words, by host; for the limits of the case. */
  readonly learnt: readonly string[];
}

/**
 * Tells shared addresses from those of one client.
 *
 * Shared are: the proxies that were declared; loopback and link-local addresses and those of the servers themselves; an
 * address through which five people signed in; one through which two did and which brings half of all requests that
 * come from elsewhere. A client alone is never a proxy, however much it asks: an intruder could hide from its own story.
 *
 * @param counts each with the host it belongs to, as the engine names it
 * @param proxies networks such as `10.0.0.0/8`; what is none is left out, the host refuses it before
 */
export function knowAddresses(
  counts: readonly { readonly host: string; readonly count: ClientCount }[],
  proxies: readonly string[],
): KnownAddresses {
  const networks = proxies.map(parseCidr).filter((network): network is Cidr => typeof network !== 'string');
  const merged = new Map<string, { host: string; address: string; requests: number; users: Set<string> }>();
  const servers = new Set<string>();
  const all = new Map<string, number>();
  for (const { count } of counts) if (count.isServer) servers.add(count.address);
  for (const { host, count } of counts) {
    const { address, requests, users } = count;
    if (servers.has(address) || isOwn(address)) continue;
    const key = `${host}\n${address}`;
    const known = merged.get(key) ?? { host, address, requests: 0, users: new Set<string>() };
    merged.set(key, known);
    known.requests += requests;
    for (const user of users) known.users.add(user);
    all.set(host, (all.get(host) ?? 0) + requests);
  }
  const shared = new Map<string, string>();
  for (const [key, { host, address, requests, users }] of merged) {
    const half = requests * 2 >= (all.get(host) ?? 0) && requests >= LEAST_REQUESTS;
    if (users.size >= MANY_USERS || (half && users.size >= 2)) {
      const share = Math.floor((requests * 100) / Math.max(1, all.get(host) ?? 1));
      shared.set(key, `${address} on ${host} (${share}% of sampled requests, at least ${users.size} people)`);
    }
  }
  const isDeclared = (address: string): boolean => networks.some((network) => holdsAddress(network, address));
  return {
    isShared: (address, host) =>
      isOwn(address) || servers.has(address) || shared.has(`${host}\n${address}`) || isDeclared(address),
    isLocal: (address) => LOCAL.some((network) => holdsAddress(network, address)),
    learnt: [...shared.values()].toSorted(),
  };
}

/**
 * What is wrong with a network that somebody declares as a proxy.
 *
 * @returns the end of a message, or `undefined` if it can be used
 */
export function proxyFault(text: string): string | undefined {
  const network = parseCidr(text);
  return typeof network === 'string' ? network : undefined;
}

/** Addresses that name the machine itself, and text that is no address. */
function isOwn(address: string): boolean {
  return parseAddress(address) === undefined || OWN.some((network) => holdsAddress(network, address));
}

function textOf(record: EvidenceRecord, field: string): string | undefined {
  const value = record.get(field);
  return typeof value === 'string' && value !== '' && value !== '-' ? value : undefined;
}

function networksOf(texts: readonly string[]): readonly Cidr[] {
  return texts.map(parseCidr).filter((network): network is Cidr => typeof network !== 'string');
}

/** Loopback, link-local, unspecified (RFC 6890). */
const OWN = networksOf(['127.0.0.0/8', '::1', '169.254.0.0/16', 'fe80::/10', '0.0.0.0/8', '::']);
/** Private use and carrier-grade NAT (RFC 1918, RFC 6598), unique local (RFC 4193). */
const LOCAL = networksOf(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7']);
const KINDS: ReadonlySet<string> = new Set(['http.request', 'http.proxy']);
const SAMPLE = 32;
const MOST_ADDRESSES = 4_096;
const MOST_USERS = 16;
const LONGEST_USER = 128;
const MANY_USERS = 5;
const LEAST_REQUESTS = 10;
