import type { Check, Fact, Hit, Observer, Watch } from '../model/check.ts';
import type { Micros } from '../model/evidence.ts';
import type { Entity } from '../model/finding.ts';
import type { EvidenceRecord, Extent, Structure } from '../model/reading.ts';
import { ClientTally } from './clients.ts';
import type { ClientCount } from './clients.ts';
import { RequestSample } from './coverage-clocks.ts';
import type { SharedRequest } from './coverage-clocks.ts';
import { MarkList } from './coverage-marks.ts';
import type { HostMark } from './coverage-marks.ts';
import { FragmentRecord } from './fragment-record.ts';
import { FINEST } from './coverage-rhythm.ts';
import { endByName, Heartbeat } from './heartbeat.ts';
import type { Beat, Forerunner } from './heartbeat.ts';
import { forgedTarget, NamedServers } from './hosts-named.ts';
import type { NamedServer } from './hosts-named.ts';
import { shortName } from './hosts.ts';
import { LastTime } from './last-time.ts';
import type { Latest } from './last-time.ts';
import type { LiteralGate } from './literal-gate.ts';

/** A sighting before its artifact has an id. */
export interface RawSighting {
  readonly origin: Extent;
  sha256: string;
  readonly at: Micros | undefined;
  readonly excerpt: string;
}

/** All hits of one rule on one named host that share the values of its key. */
export interface Fold {
  readonly rule: string;
  /** The host as records name it, `''` where they do not. */
  readonly host: string;
  readonly key: string;
  /** Hits on a file as it stood, or stands in a list, not on something that happened. */
  readonly isFile: boolean;
  count: number;
  since: Micros | undefined;
  until: Micros | undefined;
  readonly entities: Map<string, Set<string>>;
  readonly sightings: RawSighting[];
  readonly times: Micros[];
}

/** A fact with its time and place. */
export interface FoldedFact {
  readonly fact: Fact;
  readonly host: string;
  since: Micros | undefined;
  until: Micros | undefined;
  readonly origin: Extent;
}

/** What leaves the examination of one artifact. */
export interface Examination {
  readonly records: number;
  readonly kinds: ReadonlySet<string>;
  readonly folds: readonly Fold[];
  readonly facts: readonly FoldedFact[];
  readonly beats: readonly { readonly source: string; readonly host: string; readonly beats: readonly Beat[] }[];
  /** What records say about logs. */
  readonly marks: readonly HostMark[];
  /** Requests that other logs may record as well. */
  readonly requests: readonly {
    readonly source: string;
    readonly host: string;
    readonly requests: readonly SharedRequest[];
  }[];
  /** Records per host name, `''` for records that name none. */
  readonly hosts: ReadonlyMap<string, number>;
  /** Who asked a web server, by a sample. */
  readonly clients: readonly ClientCount[];
  /** The last time of a record, but for strays. */
  readonly last: Micros | undefined;
  /** The last times of the records of each host name. */
  readonly latest: ReadonlyMap<string, Latest>;
  /** Servers of the product that the records name. */
  readonly servers: readonly NamedServer[];
  /** Rules that hit more often, or on more things, than was kept. */
  readonly drowned: ReadonlySet<string>;
  /** What was given up because the evidence had too much of it. */
  readonly limits: readonly string[];
}

/** Checks and observers by record kind, compiled once per run. */
export interface Watchlist {
  readonly checks: ReadonlyMap<string, readonly Check[]>;
  readonly observers: ReadonlyMap<string, readonly Observer[]>;
  /** The literal gate over the checks of a kind, in their order. */
  gate(kind: string): LiteralGate;
  /** Microseconds of silence after which a span of this record source ends. */
  quiet(source: string): Micros;
}

interface Watches {
  readonly gate: LiteralGate;
  readonly watches: readonly Watched[];
  /** Records of the kind. */
  seen: number;
}

interface Watched {
  readonly check: Check;
  readonly watch: Watch;
  /** Records that the gate let through to it. */
  shown: number;
}

interface SourceBeat {
  readonly source: string;
  readonly host: string;
  readonly heart: Heartbeat;
}

/** Sightings kept of one finding in one artifact. */
export const MAX_SIGHTINGS = 5;
const MAX_KEYS_PER_RULE = 5_000;
const MAX_TIMES = 65_536;
const MAX_ENTITY_VALUES = 20;
const BEYOND_HINTS: ReadonlySet<string> = new Set(['strong', 'decisive']);
/** One record of so many makes a literal a rare one. */
const RARE = 1_000;
const MAX_SOURCES = 4_000;
const MAX_HOSTS = 2_000;
const MAX_FACTS = 2_000;
const LONGEST_KEY = 2_048;
const LONGEST_HOST = 255;
const UNCOUNTED = 'records of hosts beyond those that were counted show no source at work';

/** Runs the watchlist over the records of one artifact and folds what it meets. */
export class Examiner {
  readonly #watchlist: Watchlist;
  readonly #path: string;
  readonly #watches = new Map<string, Watches>();
  readonly #folds = new Map<string, Fold>();
  readonly #keysOfRule = new Map<string, number>();
  readonly #facts = new Map<string, FoldedFact>();
  readonly #undated: FoldedFact[] = [];
  readonly #beats = new Map<string, SourceBeat>();
  /** Rows of one log mostly follow each other. */
  #lastBeat: SourceBeat | undefined;
  /** Of every record that has a time, whether it is a heartbeat or not. */
  readonly #all = new Heartbeat(FINEST);
  readonly #forerunners = new Map<string, Forerunner>();
  readonly #marks: MarkList;
  readonly #sample = new RequestSample();
  readonly #hosts = new Map<string, number>();
  readonly #clients = new ClientTally();
  readonly #kinds = new Set<string>();
  readonly #limits = new Set<string>();
  readonly #drowned = new Set<string>();
  readonly #unhashed: RawSighting[] = [];
  readonly #latest = new Map<string, LastTime>();
  readonly #servers = new NamedServers();
  #isDistrusted = false;
  #records = 0;
  #last: Micros | undefined;

  /** @param original where the artifact lay on its server, if that is known */
  constructor(watchlist: Watchlist, path: string, original?: string) {
    this.#watchlist = watchlist;
    this.#path = path;
    this.#marks = new MarkList(original ?? path);
  }

  /** A record of the artifact's format. */
  record(record: EvidenceRecord): void {
    this.#records += 1;
    this.#clients.see(record);
    this.look(record);
  }

  /** A record of the format that repeats what another artifact says better. */
  pass(record: EvidenceRecord): void {
    this.#records += 1;
    this.#nameHost(record.host);
  }

  /** A record that is not one of the format's, such as the file itself. */
  look(record: EvidenceRecord): void {
    this.#kinds.add(record.kind);
    // What is found belongs to the machine that the record names, however many others the artifact names.
    const host = (record.host ?? '').slice(0, LONGEST_HOST);
    const counted = this.#nameHost(record.host);
    const { at, source } = record;
    this.#marks.see(record, host);
    this.#servers.see(record);
    if (at !== undefined) {
      this.#all.beat(at, undefined);
      // A heartbeat of nobody in particular is none of the machine that wrote the rest.
      if (counted !== host) this.#limits.add(UNCOUNTED);
      else if (source !== undefined) this.#beat(source, host, record, at);
      else if (record.sequence !== undefined) this.#forerun(record, host, at);
      if (counted === host) this.#sample.see(record, host, at);
      this.#latestOf(counted).see(at);
      if (this.#last === undefined || at > this.#last) this.#last = at;
      if (this.#undated.length > 0) this.#date(at, host);
    }
    const watches = this.#watchesFor(record.kind);
    watches.seen += 1;
    for (const index of watches.gate.candidates(record.text)) {
      const watched = watches.watches[index];
      if (watched === undefined) continue;
      watched.shown += 1;
      const hit = watched.watch.see(record);
      if (hit !== undefined) this.#fold(watched.check, hit, record, host);
    }
    for (const observer of this.#watchlist.observers.get(record.kind) ?? NONE) {
      for (const fact of observer.observe(record, this.#path)) this.#note(fact, host, at, record.origin);
    }
  }

  /**
   * Bytes that could not be read as a record, as text. A rule that could have hit here is drowned: nothing that rests on
   * it is ruled out. Strong rules only; the others forbid no "no" by themselves.
   *
   * @param isOversized the bytes were left unread because there were too many of them, which no ordinary record has
   */
  lost(text: string, isOversized: boolean): void {
    // The gate shows everything to every check where a `%` stands; here only what it can name counts.
    const plain = text.replaceAll('%', ' ');
    for (const [kind, { gate, watches, seen }] of this.#watches) {
      const fragment = new FragmentRecord(kind, text);
      const named = new Set(gate.candidates(plain));
      for (const index of gate.candidates(text)) {
        const watched = watches[index];
        if (watched === undefined || !BEYOND_HINTS.has(watched.check.meta.weight)) continue;
        const isNamed = named.has(index) && watched.check.interest.literals !== undefined;
        const isRare = isOversized || watched.shown * RARE <= seen;
        if ((isNamed && isRare) || watched.check.watch().see(fragment) !== undefined) this.#mayHaveHit(watched.check);
      }
    }
  }

  /** The bytes are not what they were: what is found in them counts, their silence does not. */
  distrust(): void {
    this.#isDistrusted = true;
  }

  /** More was lost than was looked at: any strong rule may have hit. */
  lostTooMuch(): void {
    for (const { watches } of this.#watches.values())
      for (const { check } of watches) if (BEYOND_HINTS.has(check.meta.weight)) this.#drowned.add(check.meta.id);
    this.#limits.add('more bytes could not be read as records than were looked through for what they may have held');
  }

  #mayHaveHit({ meta }: Check): void {
    this.#drowned.add(meta.id);
    this.#limits.add(`rule ${meta.id} may have hit in bytes that could not be read as a record`);
  }

  structure(structure: Structure): void {
    for (const observer of this.#watchlist.observers.get(structure.name) ?? NONE) {
      for (const fact of observer.observe(structure, this.#path)) {
        const noted = this.#note(fact, '', undefined, structure.origin);
        if (noted !== undefined) this.#undated.push(noted);
      }
    }
  }

  /** Sightings whose bytes were not hashed yet; the caller fills in `sha256`. Empties the list. */
  takeUnhashed(): readonly RawSighting[] {
    return this.#unhashed.splice(0);
  }

  finish(): Examination {
    if (this.#servers.overflow)
      this.#limits.add('more servers of the product are named in one artifact than were kept');
    return {
      records: this.#records,
      kinds: this.#kinds,
      folds: [...this.#folds.values()],
      facts: [...this.#facts.values()],
      beats: [...(this.#isDistrusted ? [] : this.#beats.values())].map(({ source, host, heart }) => {
        if (heart.overflow) this.#limits.add(`source ${source} pauses too often to be a heartbeat`);
        return { source, host, beats: heart.beats() };
      }),
      marks: this.#marks.marks(),
      requests: this.#sample.samples(),
      hosts: this.#hosts,
      clients: this.#clients.counts(),
      latest: new Map([...this.#latest].flatMap(([host, last]) => latestOf(host, last))),
      servers: this.#servers.all(),
      last: this.#all.overflow ? this.#last : this.#all.last(endByName(this.#path)),
      drowned: this.#drowned,
      limits: [...this.#limits],
    };
  }

  #watchesFor(kind: string): Watches {
    let watches = this.#watches.get(kind);
    if (watches === undefined) {
      const checks = this.#watchlist.checks.get(kind) ?? [];
      watches = {
        gate: this.#watchlist.gate(kind),
        watches: checks.map((check) => ({ check, watch: check.watch(), shown: 0 })),
        seen: 0,
      };
      this.#watches.set(kind, watches);
    }
    return watches;
  }

  /** The host under which a record counts; of too many hosts the later ones count as if they were not named. */
  #nameHost(name: string | undefined): string {
    let host = (name ?? '').slice(0, LONGEST_HOST);
    if (!this.#hosts.has(host) && this.#hosts.size >= MAX_HOSTS) {
      this.#limits.add(`more than ${MAX_HOSTS} host names in one artifact`);
      host = '';
    }
    this.#hosts.set(host, (this.#hosts.get(host) ?? 0) + 1);
    return host;
  }

  #latestOf(host: string): LastTime {
    let latest = this.#latest.get(host);
    if (latest === undefined) this.#latest.set(host, (latest = new LastTime()));
    return latest;
  }

  #beat(source: string, host: string, { sequence }: EvidenceRecord, at: Micros): void {
    const near = this.#lastBeat;
    if (near?.source === source && near.host === host && sequence === undefined) {
      near.heart.beat(at, undefined);
      return;
    }
    const key = `${source}\n${host}`;
    let beat = this.#beats.get(key);
    if (beat === undefined) {
      if (this.#beats.size >= MAX_SOURCES) {
        this.#limits.add(`more than ${MAX_SOURCES} sources in one artifact`);
        return;
      }
      beat = { source, host, heart: new Heartbeat(this.#watchlist.quiet(source)) };
      this.#beats.set(key, beat);
    }
    this.#lastBeat = beat;
    beat.heart.beat(at, sequence, sequence === undefined ? undefined : this.#forerunners.get(key));
  }

  /** The first event of an export is no heartbeat of its channel, but the second one shows that nothing misses between. */
  #forerun(record: EvidenceRecord, host: string, at: Micros): void {
    const channel = record.get('Channel');
    const key = `evtx:${typeof channel === 'string' ? channel : ''}\n${host}`;
    if (record.sequence === undefined || (!this.#forerunners.has(key) && this.#forerunners.size >= MAX_SOURCES)) return;
    this.#forerunners.set(key, { at, id: record.sequence });
  }

  #date(at: Micros, host: string): void {
    for (const noted of this.#undated.splice(0)) {
      this.#facts.delete(factKey(noted.fact, noted.host));
      this.#note(noted.fact, host, at, noted.origin);
    }
  }

  #note(fact: Fact, host: string, at: Micros | undefined, origin: Extent): FoldedFact | undefined {
    const key = factKey(fact, host);
    const known = this.#facts.get(key);
    if (known !== undefined) {
      if (at !== undefined) {
        known.since = Math.min(known.since ?? at, at);
        known.until = Math.max(known.until ?? at, at);
      }
      return undefined;
    }
    if (this.#facts.size >= MAX_FACTS) {
      this.#limits.add(`more than ${MAX_FACTS} facts about the host in one artifact`);
      return undefined;
    }
    const noted = { fact, host, since: at, until: at, origin };
    this.#facts.set(key, noted);
    return noted;
  }

  #fold(check: Check, hit: Hit, record: EvidenceRecord, host: string): void {
    const rule = check.meta.id;
    const server = serverOf(record, host);
    const key = keyOf(check, hit.entities) + (server === undefined ? '' : `\n${server}`);
    const id = `${rule}\n${host}\n${key}`;
    let fold = this.#folds.get(id);
    if (fold === undefined) {
      const keys = this.#keysOfRule.get(rule) ?? 0;
      if (keys >= MAX_KEYS_PER_RULE) {
        this.#drowned.add(rule);
        this.#limits.add(`rule ${rule} met more than ${MAX_KEYS_PER_RULE} different things in one artifact`);
        return;
      }
      this.#keysOfRule.set(rule, keys + 1);
      fold = {
        rule,
        host,
        key,
        isFile: record.kind === 'file',
        count: 0,
        since: undefined,
        until: undefined,
        entities: new Map(),
        sightings: [],
        times: [],
      };
      this.#folds.set(id, fold);
    }
    fold.count += 1;
    const { at } = record;
    if (at !== undefined) {
      fold.since = Math.min(fold.since ?? at, at);
      fold.until = Math.max(fold.until ?? at, at);
      if (fold.times.length < MAX_TIMES) fold.times.push(at);
      else {
        this.#drowned.add(rule);
        this.#limits.add(`rule ${rule} hit more than ${MAX_TIMES} times; joins look at the first of them`);
      }
    }
    addEntities(fold.entities, hit.entities);
    if (server !== undefined) addEntities(fold.entities, [{ kind: 'server', value: server }]);
    if (fold.sightings.length < MAX_SIGHTINGS) {
      const sighting = { origin: record.origin, sha256: '', at, excerpt: record.excerpt() };
      fold.sightings.push(sighting);
      this.#unhashed.push(sighting);
    }
  }
}

/** The other machine that a forged request was sent to. */
function serverOf(record: EvidenceRecord, host: string): string | undefined {
  const target = forgedTarget(record);
  const name = target === undefined ? undefined : shortName(target);
  return name === undefined || name === shortName(host) ? undefined : target;
}

function latestOf(host: string, last: LastTime): readonly (readonly [string, Latest])[] {
  const latest = last.latest();
  return latest === undefined ? [] : [[host, latest]];
}

/** Adds values, keeping a bounded number of distinct ones per kind. */
export function addEntities(into: Map<string, Set<string>>, entities: readonly Entity[]): void {
  for (const { kind, value } of entities) {
    let values = into.get(kind);
    if (values === undefined) into.set(kind, (values = new Set()));
    if (values.size < MAX_ENTITY_VALUES) values.add(value);
  }
}

function keyOf(check: Check, entities: readonly Entity[]): string {
  const parts = check.meta.key.map((kind) => entities.find((e) => e.kind === kind)?.value ?? '');
  return parts.join('\n').slice(0, LONGEST_KEY);
}

function factKey(fact: Fact, host: string): string {
  return `${fact.name}\n${fact.value}\n${fact.rank}\n${fact.from}\n${host}`;
}

const NONE: readonly Observer[] = [];
