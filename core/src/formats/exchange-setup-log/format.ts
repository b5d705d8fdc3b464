import { type Line, readLines } from '../../bytes/lines.ts';
import { excerptOf, headText } from '../../bytes/text.ts';
import type { Micros } from '../../model/evidence.ts';
import type { EvidenceRecord, Extent, FieldValue, Format, Gap, GapReason, Reading } from '../../model/reading.ts';

/**
 * `C:\ExchangeSetupLogs\ExchangeSetup.log`: what Exchange's setup did, one entry a line, oldest first, all runs in one file.
 *
 * An entry is `[12/23/2020 02:28:02.0374] [0] Setup version: 15.1.2044.4.`: month, day and year, UTC; the fraction is
 * milliseconds in four digits (every published log has a zero in front, which ten-thousandths of a second would not); a
 * level of nesting; the message. The separators of date and time are those of the server's culture (`11.14.2022`), their order
 * is not. Lines that do not begin so go on with the message before them.
 * The line that states the mode of a run also carries the version the run stated before it, as `run-version`;
 * the line that states a version says with `run-begins` whether the opening of its run stands above it.
 *
 * No vendor's description exists; the above is read off published logs of Exchange 2010 to 2019.
 */
export const exchangeSetupLog: Format = {
  name: 'exchange-setup-log',
  shape: 'sequential',
  recognises(head) {
    const lines = headText(head).split('\n', LINES_LOOKED_AT);
    return lines.some((line) => stamp(line) !== undefined);
  },
  async *read(source) {
    const reader = new EntryReader();
    for await (const batch of readLines(source)) {
      const readings: Reading[] = [];
      for (const line of batch) {
        if (line.is === 'line') reader.take(line, readings);
        else {
          reader.finish(readings);
          readings.push(line);
        }
      }
      yield readings;
    }
    const last: Reading[] = [];
    reader.finish(last);
    if (last.length > 0) yield last;
  },
};

interface Stamp {
  readonly at: Micros;
  readonly level: number;
  readonly message: string;
}

interface OpenEntry {
  readonly stamp: Stamp;
  readonly first: Line;
  readonly more: string[];
  end: number;
}

class EntryReader {
  #open: OpenEntry | undefined;
  /** Version that the run at hand stated; its mode stands a few lines below. */
  #version: string | undefined;
  /** The line that opens the run at hand was seen. */
  #begun = false;

  take(line: Line, into: Reading[]): void {
    const found = stamp(line.text);
    if (found !== undefined) {
      this.finish(into);
      this.#open = { stamp: found, first: line, more: [], end: line.offset + line.length };
    } else if (this.#open === undefined) this.#stray(line, into);
    else this.#goOn(this.#open, line, into);
  }

  finish(into: Reading[]): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    // A run that does not state its version must not inherit that of the run before it.
    if (RUN_BEGIN.test(open.stamp.message)) {
      this.#version = undefined;
      this.#begun = true;
    }
    const entry = new SetupEntry(open, { version: this.#version, begun: this.#begun });
    const version = entry.get('setup-version');
    if (typeof version === 'string') {
      this.#version = version;
      this.#begun = false;
    }
    into.push(entry);
  }

  #goOn(open: OpenEntry, line: Line, into: Reading[]): void {
    const end = line.offset + line.length;
    if (end - open.first.offset <= ENTRY_BYTES && open.more.length < ENTRY_LINES) {
      open.more.push(line.text);
      open.end = end;
      return;
    }
    this.finish(into);
    into.push(
      gap(
        'limit',
        line,
        `expected an entry of at most ${ENTRY_LINES} lines and ${ENTRY_BYTES} bytes, this line goes on with a longer one`,
      ),
    );
  }

  #stray(line: Line, into: Reading[]): void {
    if (line.text === '')
      into.push({ is: 'structure', name: 'blank', origin: { offset: line.offset, length: line.length } });
    else into.push(gap('damaged', line, 'expected an entry with time and level, stood a line that goes on with none'));
  }
}

class SetupEntry implements EvidenceRecord {
  readonly is = 'record' as const;
  readonly kind = 'setup.entry';
  readonly source = 'exchange-setup';
  readonly host = undefined;
  readonly #entry: OpenEntry;
  readonly #run: { readonly version: string | undefined; readonly begun: boolean };

  constructor(entry: OpenEntry, run: { readonly version: string | undefined; readonly begun: boolean }) {
    this.#entry = entry;
    this.#run = run;
  }

  get at(): Micros {
    return this.#entry.stamp.at;
  }

  get origin(): Extent {
    return { offset: this.#entry.first.offset, length: this.#entry.end - this.#entry.first.offset };
  }

  get(field: string): FieldValue {
    const { stamp, more } = this.#entry;
    if (field === 'message') return more.length === 0 ? stamp.message : [stamp.message, ...more].join('\n');
    if (field === 'level') return stamp.level;
    if (field === 'run-begins') return this.get('setup-version') === undefined ? undefined : this.#run.begun;
    if (field === 'run-version') return this.get('setup-mode') === undefined ? undefined : this.#run.version;
    const pattern = DERIVED.get(field);
    return pattern === undefined ? undefined : pattern.exec(stamp.message.slice(0, LONGEST_DERIVED))?.[1];
  }

  fields(): readonly string[] {
    return FIELDS.filter((field) => this.get(field) !== undefined);
  }

  excerpt(): string {
    return excerptOf([this.#entry.first.text, ...this.#entry.more].join('\n'));
  }
}

/** What a line's head says, or `undefined` where it goes on with the entry before it. */
function stamp(line: string): Stamp | undefined {
  if (line.charCodeAt(0) !== BRACKET) return undefined;
  const match = HEAD.exec(line.slice(0, HEAD_LENGTH));
  if (match === null) return undefined;
  const [head, month, day, year, hour, minute, second, fraction, level] = match.map(String);
  const parts = [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)] as const;
  const millis = Date.UTC(...parts);
  const back = new Date(millis);
  if (
    back.getUTCDate() !== parts[2] ||
    back.getUTCMonth() !== parts[1] ||
    parts[3] > 23 ||
    parts[4] > 59 ||
    parts[5] > 59
  )
    return undefined;
  if (back.getUTCFullYear() !== parts[0]) return undefined;
  // No log seen has more than 999 here; what has can only be ten-thousandths of a second.
  const rest = Number(fraction) < 1000 ? Number(fraction) * 1000 : Number(fraction) * 100;
  return { at: millis * 1000 + rest, level: Number(level), message: line.slice(head?.length ?? 0) };
}

function gap(reason: GapReason, line: Line, says: string): Gap {
  return { is: 'gap', reason, origin: { offset: line.offset, length: line.length }, says };
}

const BRACKET = 0x5b;
const HEAD = /^\[(\d\d)[/.\- ](\d\d)[/.\- ](\d{4}) (\d\d)[:.](\d\d)[:.](\d\d)[.,](\d{4})\] \[(\d{1,2})\] ?/;
const HEAD_LENGTH = 40;
const RUN_BEGIN = /^Starting Microsoft Exchange /;
const LINES_LOOKED_AT = 20;
const ENTRY_LINES = 2000;
const ENTRY_BYTES = 1_048_576;
const LONGEST_DERIVED = 1000;

const DERIVED: ReadonlyMap<string, RegExp> = new Map([
  ['setup-version', /^Setup version: (\d{1,5}(?:\.\d{1,5}){1,3})\.?\s*$/],
  ['setup-mode', /^Command Line Parameter Name='mode', Value='([A-Za-z]{1,40})'/i],
  ['time-zone', /^Local time zone: (.{1,200}?)\.?\s*$/],
]);
const FIELDS: readonly string[] = ['message', 'level', ...DERIVED.keys(), 'run-version', 'run-begins'];
