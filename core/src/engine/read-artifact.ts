import { parseIsoTime } from '../bytes/time.ts';
import { lastPart } from '../containers/container-place.ts';
import { gapsOf, isContainer } from '../containers/member.ts';
import { mayBePacked, packedEvidence } from '../containers/packed-evidence.ts';
import { identify } from '../formats/index.ts';
import type { Artifact, ByteSource } from '../model/evidence.ts';
import type { Hasher, Host } from '../model/host.ts';
import type { TreeSpec } from '../model/pack.ts';
import type { EvidenceRecord, Format, Gap, GapReason } from '../model/reading.ts';
import { Examiner } from './examine.ts';
import type { Examination, RawSighting, Watchlist } from './examine.ts';
import { FileRecord, ListedFileRecord, MAX_CONTENT, wantsContent } from './file-record.ts';
import type { FilePlace } from './file-record.ts';
import { LastTime } from './last-time.ts';
import type { Latest } from './last-time.ts';
import { LiteralGate } from './literal-gate.ts';
import type { ArtifactRole } from './readers.ts';

/** Everything one artifact gave. */
export interface ArtifactReading {
  readonly size: number;
  readonly sha256: string | undefined;
  readonly format: string | undefined;
  readonly gaps: readonly Gap[];
  /** How many gaps there were; `gaps` holds the first of them. */
  readonly gapCount: number;
  readonly examination: Examination;
  /** Paths that a manifest among the formats lists. */
  readonly listed: readonly string[];
  /** The manifest itself could not be read whole. */
  readonly listedInPart: boolean;
  /** The file could not be read, or its text is larger than checks look at. */
  readonly unseen: boolean;
  /** The youngest times of listed files. */
  readonly youngest: Latest | undefined;
}

export interface ReadContext {
  readonly watchlist: Watchlist;
  readonly trees: readonly TreeSpec[];
  /** What lies above the evidence root, such as `wwwroot/`: some trees are only known by it. */
  readonly above: string;
  readonly host: Host;
  /** Where the file lay on its server, if that is known. */
  readonly original: string | undefined;
  readonly role: ArtifactRole;
  /** Lower-case places of files that lie in the evidence themselves; only manifests of packages are held against it. */
  readonly present: ReadonlySet<string>;
  /** Called with the bytes read so far of this artifact, hash pass and read pass each counting half. */
  onBytes(done: number): void;
}

const NO_WATCHLIST: Watchlist = {
  checks: new Map(),
  observers: new Map(),
  gate: () => new LiteralGate([]),
  quiet: () => 0,
};
const FILE_TIMES = ['created', 'modified', 'changed'];
const HEAD = 64 * 1024;
const BLOCK = 1024 * 1024;
const MAX_GAPS = 200;
const MAX_LISTED = 2_000_000;

/**
 * Reads one artifact once for its hash and once for its records. Whatever goes wrong becomes a gap: of the evidence
 * with its own reason, of ours with reason `fault`.
 */
export async function readArtifact(artifact: Artifact, context: ReadContext): Promise<ArtifactReading> {
  const gaps = new GapList();
  const examiner = new Examiner(context.watchlist, artifact.path, context.original);
  const listing: Listing = { paths: [], inPart: false, times: new LastTime() };
  let source: ByteSource | undefined;
  let sha256: string | undefined;
  let format: Format | undefined;
  try {
    source = await artifact.open();
  } catch (error) {
    gaps.add('unreadable', 0, artifact.size, `file cannot be opened: ${messageOf(error)}`);
    // Its name is evidence all the same.
    if (context.role === 'evidence') {
      const named = { ...placeOf(artifact, context), size: artifact.size, sha256: '', text: undefined };
      examiner.look(new FileRecord(named, context.trees));
      examiner.takeUnhashed();
    }
    return reading(artifact, undefined, undefined, gaps, examiner, listing);
  }
  try {
    const whole = await hashWhole(source, context, gaps);
    sha256 = whole.sha256;
    // The members of an archive are artifacts of their own; what is stored in it unpacked must not count twice.
    if (!isContainer(artifact)) format = identify(whole.head, artifact.path);
    if (context.role === 'evidence') await lookAtFile(artifact, source, whole, { context, examiner, gaps });
    if (format !== undefined && reads(context.role, format))
      await readRecords(format, artifact, source, { context, examiner, gaps, listing });
    if (format === undefined && mayBePacked(artifact.path) && !isContainer(artifact)) {
      const packed = await packedEvidence(source, lastPart(artifact.path));
      if (packed !== undefined)
        gaps.add('unsupported', 0, artifact.size, `${packed.name} is not opened: ${packed.advice}`);
    }
    for (const { reason, origin, says } of gapsOf(source)) {
      gaps.add(reason, origin.offset, origin.length, says);
      // Bytes that fail their checksum are not those that were packed, and nobody knows which of them.
      examiner.distrust();
    }
  } catch (error) {
    context.host.fault?.(artifact.path, error);
    gaps.add('fault', 0, artifact.size, `afterpatch failed here: ${messageOf(error)}`);
  } finally {
    await source.close();
  }
  return reading(artifact, sha256, format?.name, gaps, examiner, listing);
}

/** Reads the records of one artifact once more, for the rules of a later round. What cannot be read was said before. */
export async function followArtifact(artifact: Artifact, context: ReadContext): Promise<ArtifactReading> {
  const gaps = new GapList();
  const examiner = new Examiner(context.watchlist, artifact.path, context.original);
  const listing: Listing = { paths: [], inPart: false, times: new LastTime() };
  let source: ByteSource | undefined;
  try {
    source = await artifact.open();
    const format = identify(await readRange(source, 0, Math.min(HEAD, source.size)), artifact.path);
    if (format !== undefined) await readRecords(format, artifact, source, { context, examiner, gaps, listing });
  } catch (error) {
    context.host.fault?.(artifact.path, error);
  } finally {
    await source?.close();
  }
  return reading(artifact, undefined, undefined, gaps, examiner, listing);
}

/** What a manifest among the artifacts lists. */
interface Listing {
  readonly paths: string[];
  inPart: boolean;
  readonly times: LastTime;
}

interface Reading {
  readonly context: ReadContext;
  readonly examiner: Examiner;
  readonly gaps: GapList;
}

async function hashWhole(
  source: ByteSource,
  context: ReadContext,
  gaps: GapList,
): Promise<{ sha256: string; head: Uint8Array; size: number }> {
  const hasher: Hasher = context.host.sha256();
  const block = new Uint8Array(Math.min(BLOCK, Math.max(1, source.size)));
  let head = new Uint8Array(0);
  let at = 0;
  while (at < source.size) {
    let got: number;
    try {
      got = await source.readInto(at, block.subarray(0, Math.min(block.length, source.size - at)));
    } catch (error) {
      gaps.add('unreadable', at, source.size - at, `read failed: ${messageOf(error)}`);
      break;
    }
    if (got === 0) {
      gaps.add(
        'truncated',
        at,
        source.size - at,
        `file was ${source.size} bytes when it was opened and ended at ${at}`,
      );
      break;
    }
    if (at === 0) head = block.slice(0, Math.min(HEAD, got));
    hasher.update(block.subarray(0, got));
    at += got;
    context.onBytes(at / 2);
  }
  return { sha256: hasher.hex(), head, size: at };
}

async function lookAtFile(
  artifact: Artifact,
  source: ByteSource,
  whole: { sha256: string; size: number },
  { context, examiner, gaps }: Reading,
): Promise<void> {
  let text: string | undefined;
  if (wantsContent(artifact.path)) {
    if (whole.size <= MAX_CONTENT) text = decodeText(await readRange(source, 0, whole.size));
    else
      gaps.add(
        'limit',
        0,
        whole.size,
        `text of a web file is read up to ${MAX_CONTENT} bytes, this one has ${whole.size}`,
      );
  }
  examiner.look(
    new FileRecord({ ...placeOf(artifact, context), size: whole.size, sha256: whole.sha256, text }, context.trees),
  );
  // The whole file is the sighting, and its hash is known.
  for (const sighting of examiner.takeUnhashed()) sighting.sha256 = whole.sha256;
}

/** What another tool concluded is no evidence; a collector's list of files is. */
function reads(role: ArtifactRole, format: Format): boolean {
  return role === 'evidence' || (role === 'manifest' && format.name === 'file-manifest');
}

function placeOf(artifact: Artifact, { original, above }: ReadContext): FilePlace {
  return original === undefined ? { above, path: artifact.path } : { above: '', path: original };
}

async function readRecords(
  format: Format,
  artifact: Artifact,
  source: ByteSource,
  { context, examiner, gaps, listing }: Reading & { listing: Listing },
): Promise<void> {
  const losses = new Losses(source, examiner);
  for await (const batch of format.read(source, { path: artifact.path })) {
    const lost: Gap[] = [];
    let end = 0;
    for (const reading of batch) {
      if (reading.is === 'record') {
        const record = reading.kind === 'file' ? list(reading, context.trees, listing) : reading;
        if (context.role === 'manifest' && context.present.has(String(record.get('path')).toLowerCase()))
          examiner.pass(record);
        else examiner.record(record);
      } else if (reading.is === 'structure') examiner.structure(reading);
      else {
        gaps.add(reading.reason, reading.origin.offset, reading.origin.length, reading.says);
        if (format.shape === 'sequential' && UNREAD.has(reading.reason)) lost.push(reading);
        if (format.name === 'file-manifest') listing.inPart = true;
      }
      end = reading.origin.offset + reading.origin.length;
    }
    await hashSightings(source, examiner.takeUnhashed(), context.host);
    if (lost.length > 0) await losses.look(lost);
    context.onBytes((source.size + Math.min(end, source.size)) / 2);
  }
}

/** Shows the examiner the bytes that no record was made of, up to a bound. */
class Losses {
  readonly #source: ByteSource;
  readonly #examiner: Examiner;
  #bytesLeft = MOST_LOST;
  #looksLeft = MOST_LOOKS;

  constructor(source: ByteSource, examiner: Examiner) {
    this.#source = source;
    this.#examiner = examiner;
  }

  /** @param gaps in order; what lies side by side was one row once */
  async look(gaps: readonly Gap[]): Promise<void> {
    let from = 0;
    let to = 0;
    let isOversized = false;
    for (const { reason, origin } of gaps) {
      if (origin.offset !== to || to - from > LOST_BLOCK) {
        await this.#lookAt(from, to, isOversized);
        from = origin.offset;
        isOversized = false;
      }
      to = origin.offset + origin.length;
      isOversized ||= reason === 'limit';
    }
    await this.#lookAt(from, to, isOversized);
  }

  async #lookAt(from: number, to: number, isOversized: boolean): Promise<void> {
    if (from === to || this.#looksLeft === 0) return;
    this.#looksLeft -= 1;
    const end = from + Math.min(to - from, this.#bytesLeft);
    this.#bytesLeft -= end - from;
    for (let at = from; at < end; at += LOST_BLOCK) {
      // The blocks overlap, so that a literal that lies across their border is seen.
      const bytes = await readRange(this.#source, at, Math.min(LOST_BLOCK + LONGEST_LITERAL, end - at));
      this.#examiner.lost(LATIN1.decode(bytes).replaceAll('\0', ''), isOversized);
    }
    if (this.#looksLeft > 0 && end === to) return;
    this.#looksLeft = 0;
    this.#examiner.lostTooMuch();
  }
}

/** Runs of lost bytes of one artifact that are looked at: each is shown to every strong rule. */
const MOST_LOOKS = 1_000;
const UNREAD: ReadonlySet<GapReason> = new Set<GapReason>(['damaged', 'truncated', 'limit', 'unsupported']);
/** Bytes of one artifact's gaps that are looked at. */
const MOST_LOST = 256 * 1024 * 1024;
const LOST_BLOCK = 1024 * 1024;
const LONGEST_LITERAL = 256;
const LATIN1 = new TextDecoder('latin1');

function list(row: EvidenceRecord, trees: readonly TreeSpec[], listing: Listing): EvidenceRecord {
  const record = new ListedFileRecord(row, trees);
  for (const field of FILE_TIMES) {
    const value = row.get(field);
    const at = typeof value === 'string' ? parseIsoTime(value, { unzonedIsUtc: true }) : undefined;
    // A listing is not older than the youngest file it names.
    if (at !== undefined) listing.times.see(at);
  }
  if (listing.paths.length < MAX_LISTED) listing.paths.push(String(record.get('path')));
  else listing.inPart = true;
  return record;
}

async function hashSightings(source: ByteSource, sightings: readonly RawSighting[], host: Host): Promise<void> {
  for (const sighting of sightings) {
    const hasher = host.sha256();
    const { offset, length } = sighting.origin;
    for (let done = 0; done < length; done += BLOCK)
      hasher.update(await readRange(source, offset + done, Math.min(BLOCK, length - done)));
    sighting.sha256 = hasher.hex();
  }
}

/** Reads a run of bytes whole; shorter where the source ends early. */
export async function readRange(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const got = await source.readInto(offset + at, bytes.subarray(at));
    if (got === 0) break;
    at += got;
  }
  return at === length ? bytes : bytes.subarray(0, at);
}

/** Text by its byte-order mark, else UTF-8 where it is valid, else one character per byte. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('latin1').decode(bytes);
  }
}

/** The reading of an artifact whose reader died. */
export function unreadArtifact(artifact: Artifact, error: unknown): ArtifactReading {
  const gaps = new GapList();
  gaps.add('fault', 0, artifact.size, `afterpatch failed here: ${messageOf(error)}`);
  const nothing = new Examiner(NO_WATCHLIST, artifact.path);
  return reading(artifact, undefined, undefined, gaps, nothing, { paths: [], inPart: false, times: new LastTime() });
}

class GapList {
  readonly gaps: Gap[] = [];
  count = 0;

  add(reason: GapReason, offset: number, length: number, says: string): void {
    this.count += 1;
    if (this.gaps.length < MAX_GAPS) this.gaps.push({ is: 'gap', reason, origin: { offset, length }, says });
  }
}

function reading(
  artifact: Artifact,
  sha256: string | undefined,
  format: string | undefined,
  gaps: GapList,
  examiner: Examiner,
  listing: Listing,
): ArtifactReading {
  const examination = examiner.finish();
  for (const says of examination.limits) gaps.add('limit', 0, artifact.size, says);
  return {
    size: artifact.size,
    sha256,
    format,
    gaps: gaps.gaps,
    gapCount: gaps.count,
    examination,
    listed: listing.paths,
    listedInPart: listing.inPart,
    unseen:
      sha256 === undefined ||
      // Whatever is missing of a configuration may be what turns its meaning.
      (format === 'iis-config' && gaps.count > 0) ||
      // A page of which anything could not be read may hold anything there.
      (gaps.count > 0 && wantsContent(artifact.path)) ||
      gaps.gaps.some((gap) => gap.reason === 'unreadable'),
    youngest: listing.times.latest(),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replaceAll(/'[^']*[/\\][^']*'/g, 'the file') : String(error);
}
