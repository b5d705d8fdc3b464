import type { ClockOffset } from '../model/coverage.ts';
import type { Micros, Span } from '../model/evidence.ts';
import type { EvidenceRecord } from '../model/reading.ts';

/** Rows of one log that are asked for the number of the request, from its begin. */
const ASKED = 4_096;
/** Requests kept of one source of one artifact. */
const KEPT = 48;
/** Sources of one artifact of which requests are kept. */
const MAX_SOURCES = 64;
/** Shared requests below which nothing is said. */
const LEAST_SHARED = 3;
/** Rows of one request are written when each part is done with it, seconds or minutes apart. */
const TOLERATED: Micros = 300_000_000;

/** A request that several logs of a server record, by the number that the server gave it. */
export interface SharedRequest {
  readonly id: string;
  readonly at: Micros;
}

/**
 * Keeps a sample of the requests of each source, chosen by the number of the request alone, so that all logs choose the
 * same ones, however they are cut into files.
 *
 * Numbers: `RequestId` of HttpProxy and the `cafeReqId` that it appends to the query in the IIS log, `ActID` of the ECP
 * log and of the query in the IIS log of the back end.
 */
export class RequestSample {
  readonly #samples = new Map<string, Sample>();
  /** Rows of one log mostly follow each other. */
  #last: Sample | undefined;

  see(record: EvidenceRecord, host: string, at: Micros): void {
    const { source, kind } = record;
    if (source === undefined || !KINDS.has(kind)) return;
    let sample = this.#last;
    if (sample?.source !== source || sample.host !== host) sample = this.#last = this.#of(source, host);
    if (sample === undefined || sample.asked >= ASKED) return;
    sample.asked += 1;
    const id = requestId(record);
    if (id !== undefined) keep(sample, { id, at, rank: rankOf(id) });
  }

  samples(): readonly { source: string; host: string; requests: readonly SharedRequest[] }[] {
    return [...this.#samples.values()]
      .filter(({ kept }) => kept.length > 0)
      .map(({ source, host, kept }) => ({ source, host, requests: kept.map(({ id, at }) => ({ id, at })) }));
  }

  #of(source: string, host: string): Sample | undefined {
    const key = `${source}\n${host}`;
    let sample = this.#samples.get(key);
    if (sample === undefined && this.#samples.size < MAX_SOURCES)
      this.#samples.set(key, (sample = { source, host, asked: 0, kept: [] }));
    return sample;
  }
}

interface Sample {
  readonly source: string;
  readonly host: string;
  asked: number;
  /** The least ranks, in order. */
  readonly kept: (SharedRequest & { readonly rank: number })[];
}

function keep({ kept }: Sample, request: SharedRequest & { readonly rank: number }): void {
  if (kept.length >= KEPT && request.rank >= (kept.at(-1)?.rank ?? 0)) return;
  let at = kept.length;
  while (at > 0 && (kept[at - 1]?.rank ?? 0) > request.rank) at -= 1;
  kept.splice(at, 0, request);
  if (kept.length > KEPT) kept.pop();
}

function requestId(record: EvidenceRecord): string | undefined {
  if (record.kind === 'http.proxy') {
    const id = record.get('RequestId');
    return typeof id === 'string' && GUID.test(id) ? `request ${id.toLowerCase()}` : undefined;
  }
  const text = record.text ?? '';
  // The server appends it, behind whatever the client wrote.
  return record.kind === 'http.request'
    ? (idBehind(text, 'cafeReqId=', 'request') ?? idBehind(text, 'ActID=', 'activity'))
    : idBehind(text, 'S:ActID=', 'activity');
}

function idBehind(text: string, name: string, space: string): string | undefined {
  const at = text.lastIndexOf(name);
  if (at < 0) return undefined;
  const id = text.slice(at + name.length, at + name.length + 36);
  return GUID.test(id) ? `${space} ${id.toLowerCase()}` : undefined;
}

/** FNV-1a. */
function rankOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193) >>> 0;
  return hash;
}

/** The requests of one source of a host, of all of its artifacts. */
export type Requests = ReadonlyMap<string, Micros>;

/** How a source stands to the others of its host. */
export interface Clock {
  readonly offset: ClockOffset;
  /** Its clock, or that of the only log it can be compared with, is wrong by this much. */
  readonly doubt: Micros;
}

/**
 * Compares the clocks of the sources of one host by the requests that stand in two of them. A source that agrees with one
 * other is right as far as anybody can tell; of two that disagree and have nobody else to agree with, both are in doubt.
 */
export function compareClocks(
  sources: readonly { readonly kind: string; readonly title: string; readonly requests: Requests }[],
): ReadonlyMap<string, Clock> {
  const compared = sources.map((own) =>
    sources.flatMap((other) => {
      if (own.kind === other.kind || own.requests.size === 0) return [];
      const off = differences(own.requests, other.requests);
      return off.length < LEAST_SHARED ? [] : [{ other, off: medianOf(off), shared: off.length }];
    }),
  );
  const agrees = compared.map((pairs) => pairs.some(({ off }) => Math.abs(off) <= TOLERATED));
  const clocks = new Map<string, Clock>();
  sources.forEach(({ kind }, index) => {
    const pairs = compared[index] ?? [];
    const told = pairs.toSorted((a, b) => Math.abs(b.off) - Math.abs(a.off) || b.shared - a.shared);
    const best = agrees[index] === true ? pairs.toSorted((a, b) => b.shared - a.shared)[0] : told[0];
    if (best === undefined) return;
    const { off, shared, other } = best;
    const seconds = Math.round(off / 1_000_000);
    const apart =
      seconds === 0
        ? 'at the same time as'
        : `${Math.abs(seconds)} ${Math.abs(seconds) === 1 ? 'second' : 'seconds'} ${seconds < 0 ? 'earlier' : 'later'} than`;
    const says = `${shared} requests stand in both logs; this one has them ${apart} ${other.title}`;
    clocks.set(kind, { offset: { micros: seconds * 1_000_000, says }, doubt: agrees[index] === true ? 0 : off });
  });
  return clocks;
}

/** What of the spans was seen whichever of two clocks is right. */
export function inBothClocks(spans: readonly Span[], doubt: Micros): readonly Span[] {
  if (doubt === 0) return spans;
  return spans
    .map(({ from, to }) => ({ from: Math.max(from, from - doubt), to: Math.min(to, to - doubt) }))
    .filter(({ from, to }) => from <= to);
}

function differences(own: Requests, other: Requests): readonly Micros[] {
  const [few, many, sign] = own.size <= other.size ? [own, other, 1] : [other, own, -1];
  const found: Micros[] = [];
  for (const [id, at] of few) {
    const there = many.get(id);
    if (there !== undefined) found.push(sign * (at - there));
  }
  return found;
}

function medianOf(values: readonly Micros[]): Micros {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const KINDS: ReadonlySet<string> = new Set(['http.request', 'http.proxy', 'ecp.server']);
const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
