import type { ByteSource } from '../../model/evidence.ts';
import type { Gap, GapReason, Structure } from '../../model/reading.ts';
import { ByteWindow } from './byte-window.ts';
import { ElementScan } from './element-scan.ts';
import { FoundElement } from './found-element.ts';
import { ENVELOPE_LIMIT, envelopeAt } from './envelope.ts';

/** One JSON object, and what separates it from its neighbours. */
export interface Element {
  readonly is: 'element';
  /** With the spaces before it and the comma and line end behind it. */
  readonly offset: number;
  readonly length: number;
  /** Bytes of comma, spaces and line end behind it. */
  readonly tail: number;
  /** From brace to brace; asked for first before the next pieces are. */
  readonly text: string;
  /** The bytes of `text`, until the next pieces are asked for. */
  readonly raw: Uint8Array;
  readonly colons: number;
  readonly deepest: number;
  readonly hasLongNumber: boolean;
}

export type Piece = Element | Gap | Structure;

/** The largest object that is read, in bytes. */
export const ELEMENT_LIMIT: number = 4 * 1024 * 1024;

/**
 * Cuts a text artifact into JSON objects: one a line, in an array, in an array inside an envelope, one after the other,
 * printed on one line or over many, in UTF-8 or UTF-16. The pieces tile the artifact. Memory: 4 MiB for an object that
 * is not closed yet, and a block of 1 MiB, whatever the size of the file.
 *
 * A cut object costs itself and, in text without line ends, what follows it.
 */
export async function* splitElements(source: ByteSource): AsyncGenerator<readonly Piece[], void, undefined> {
  const window = new ByteWindow(source);
  const splitter = new Splitter(window);
  while (!window.done) {
    await window.advance(splitter.keep());
    yield* splitter.take();
  }
  const last = splitter.finish();
  if (last.length > 0) yield last;
}

type Mode = 'between' | 'element' | 'skip' | 'other' | 'tail';

class Splitter {
  readonly #window: ByteWindow;
  readonly #scan = new ElementScan();
  #out: Piece[] = [];
  /** Damage that may go on in the next piece. */
  #held: Gap | undefined;
  #mode: Mode = 'between';
  /** Where the first byte stands that is in no piece yet. */
  #from = 0;
  #at = 0;
  /** Where the object at hand begins. */
  #object = 0;
  /** The offset of `#from`, for pieces whose bytes are given up before their end. */
  #offset = 0;
  /** Behind the last bracket of the separators at hand, -1 without one. */
  #bracket = -1;
  /** Brackets and commas among the separators at hand, and how many brackets of them are open. */
  #signs = 0;
  #open = 0;
  #lineStart = 0;
  #nested = 0;
  /** Objects around the array of events, 0 for none. */
  #envelope = 0;
  #mayWrap = true;
  #quoted = false;
  #sawQuote = false;
  #sawColon = false;
  #depth = 0;

  constructor(window: ByteWindow) {
    this.#window = window;
  }

  /** Moves all places to where they stand after the window has moved. */
  keep(): number {
    const isDropped = this.#mode === 'skip' || this.#mode === 'other' || this.#mode === 'tail';
    const from = isDropped ? this.#at : this.#from;
    this.#at -= from;
    this.#object -= from;
    this.#from = isDropped ? 0 : this.#from - from;
    this.#bracket = Math.max(-1, this.#bracket - from);
    this.#lineStart -= from;
    return from;
  }

  *take(): Generator<readonly Piece[], void, undefined> {
    const { mark } = this.#window;
    if (mark > 0) {
      this.#window.mark = 0;
      const width = this.#window.width;
      this.#emit({ is: 'structure', name: 'byte-order-mark', origin: { offset: 0, length: mark } });
      this.#from = this.#at = this.#lineStart = mark / width;
    }
    for (let going = true; going;) {
      going = this.#step();
      if (this.#out.length >= BATCH) yield this.#flush();
    }
    if (this.#out.length > 0) yield this.#flush();
  }

  finish(): readonly Piece[] {
    const { end } = this.#window;
    if (this.#mode === 'element') this.#damage('truncated', end, 'object is not closed where the text ends');
    else if (this.#mode === 'skip') this.#damage('limit', end, TOO_LARGE);
    else if (this.#mode === 'other') this.#endOther(end);
    else if (this.#mode === 'tail') this.#damage('truncated', end, 'envelope is not closed where the text ends');
    else if (end > this.#from && this.#open > 0 && this.#signs <= SIGNS_LIMIT)
      this.#damage('truncated', end, 'array is not closed where the text ends');
    else if (end > this.#from) this.#separators(end);
    this.#release();
    if (this.#window.lost !== undefined) this.#out.push(this.#window.lost);
    return this.#flush();
  }

  #flush(): readonly Piece[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  /** @returns whether there is more to do before more bytes come */
  #step(): boolean {
    switch (this.#mode) {
      case 'between':
        return this.#between();
      case 'element':
      case 'skip':
        return this.#element();
      case 'other':
        return this.#other();
      default:
        return this.#tail();
    }
  }

  #between(): boolean {
    const { bytes, end } = this.#window;
    let at = this.#at;
    while (at < end) {
      const byte = bytes[at] ?? 0;
      if (byte === LINE_FEED) this.#lineStart = at + 1;
      else if (byte === OPEN_BRACE) return this.#begin(at);
      else if (byte === OPEN_BRACKET) {
        this.#bracket = at + 1;
        this.#signs += 1;
        this.#open += 1;
        if (this.#envelope > 0) this.#nested += 1;
      } else if (byte === CLOSE_BRACKET) {
        this.#bracket = at + 1;
        this.#signs += 1;
        this.#open = Math.max(0, this.#open - 1);
        if (this.#envelope > 0 && this.#nested === 0) return this.#leaveArray(at + 1);
        this.#nested = Math.max(0, this.#nested - 1);
      } else if (byte === COMMA) this.#signs += 1;
      else if (byte !== SPACE && byte !== RETURN && byte !== TAB) {
        this.#at = at;
        this.#brackets(at);
        this.#mode = 'other';
        this.#offset = this.#window.offsetOf(this.#from);
        this.#quoted = this.#sawQuote = this.#sawColon = false;
        return true;
      }
      at += 1;
    }
    this.#at = at;
    if (at - this.#from > ENVELOPE_LIMIT) this.#separators(at);
    return false;
  }

  #begin(at: number): boolean {
    const { bytes, end, done } = this.#window;
    this.#at = at;
    if (this.#mayWrap) {
      if (end - at < ENVELOPE_LIMIT && !done) return false;
      const envelope = envelopeAt(bytes, { from: at, to: Math.min(end, at + ENVELOPE_LIMIT) });
      if (envelope !== undefined) {
        this.#at = envelope.at;
        this.#envelope = envelope.depth;
        this.#nested = 0;
        this.#mayWrap = false;
        this.#structure('envelope', envelope.at);
        return true;
      }
      this.#mayWrap = false;
    }
    this.#brackets(at);
    this.#object = at;
    this.#scan.begin(at - Math.max(this.#lineStart, this.#from));
    this.#mode = 'element';
    return true;
  }

  /** Gives the brackets of the separators at hand to a structure; spaces behind them belong to what follows. */
  #brackets(at: number): void {
    if (this.#signs > SIGNS_LIMIT) return this.#separators(at);
    if (this.#bracket <= this.#from) return;
    const { bytes } = this.#window;
    let to = this.#bracket;
    while (to < at && bytes[to] !== LINE_FEED) to += 1;
    if (to < at) to += 1;
    this.#structure('array', to);
  }

  /** Separators without an object; more of them than stand between objects are what else somebody wrote there. */
  #separators(to: number): void {
    const length = (to - this.#from) * this.#window.width;
    if (this.#signs > SIGNS_LIMIT) this.#damage('damaged', to, otherText(length));
    else this.#structure(this.#bracket > this.#from ? 'array' : 'blank', to);
  }

  #leaveArray(at: number): boolean {
    this.#structure('array', at);
    this.#at = at;
    this.#mode = 'tail';
    this.#offset = this.#window.offsetOf(at);
    this.#depth = this.#envelope;
    this.#envelope = 0;
    this.#quoted = false;
    return true;
  }

  #element(): boolean {
    const window = this.#window;
    const { bytes, end } = window;
    if (this.#scan.depth > 0 || this.#at === this.#object) {
      const { end: how, at } = this.#scan.run(bytes, this.#at, end);
      this.#at = at;
      if (how === 'broken') return this.#broken(at);
      if (how === 'open') {
        if (this.#mode === 'element' && (at - this.#object) * window.width > ELEMENT_LIMIT) {
          this.#offset = window.offsetOf(this.#from);
          this.#mode = 'skip';
        }
        return false;
      }
    }
    const tail = this.#afterTail(this.#at);
    if (tail < 0) return false;
    if (this.#mode === 'skip') this.#damage('limit', tail, TOO_LARGE);
    else if ((this.#at - this.#object) * window.width > ELEMENT_LIMIT) {
      this.#offset = window.offsetOf(this.#from);
      this.#damage('limit', tail, TOO_LARGE);
    } else this.#emitElement(tail);
    this.#mode = 'between';
    this.#at = tail;
    return true;
  }

  #emitElement(tail: number): void {
    const window = this.#window;
    const { colons, deepest, hasLongNumber } = this.#scan;
    const offset = window.offsetOf(this.#from);
    const extent = { offset, length: (tail - this.#from) * window.width, tail: (tail - this.#at) * window.width };
    this.#release();
    this.#out.push(
      new FoundElement(window, { from: this.#object, to: this.#at }, { ...extent, colons, deepest, hasLongNumber }),
    );
    this.#advance(tail);
  }

  /** The place behind the comma and the line end that follow an object, or -1 where more bytes must come to know. */
  #afterTail(from: number): number {
    const { bytes, end, done } = this.#window;
    const most = from + TAIL_LIMIT;
    let comma = false;
    let at = from;
    for (; at < end && at < most; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === LINE_FEED) return at + 1;
      if (byte === COMMA && !comma) comma = true;
      else if (byte !== SPACE && byte !== TAB && byte !== RETURN) return at;
    }
    return at < most && !done ? -1 : at;
  }

  #broken(at: number): boolean {
    if (this.#mode === 'skip') this.#damage('limit', at, TOO_LARGE);
    else {
      this.#offset = this.#window.offsetOf(this.#from);
      this.#damage('damaged', at, `expected the end of an object, ${this.#scan.says}`);
    }
    this.#mode = 'between';
    return true;
  }

  #other(): boolean {
    const { bytes, end } = this.#window;
    for (let at = this.#at; at < end; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === LINE_FEED) {
        this.#endOther(at + 1);
        return true;
      }
      if (byte === QUOTE) {
        this.#quoted = !this.#quoted;
        this.#sawQuote = true;
      } else if (byte === BACKSLASH && this.#quoted && bytes[at + 1] === QUOTE) at += 1;
      else if (byte === OPEN_BRACE && !this.#sawQuote) {
        this.#at = at;
        this.#endPrefix(at);
        return true;
      } else if (!this.#quoted && (byte === COMMA || byte === CLOSE_BRACKET) && !this.#sawColon) {
        this.#endOther(at);
        return true;
      } else if (byte === COLON && !this.#quoted) this.#sawColon = true;
    }
    this.#at = end;
    return false;
  }

  /** What a syslog server writes before an object on the same line. */
  #endPrefix(at: number): void {
    const offset = this.#offset;
    const origin = { offset, length: this.#window.offsetOf(at) - offset };
    if (origin.length > TAIL_LIMIT * 4) this.#damage('damaged', at, otherText(origin.length));
    else this.#emit({ is: 'structure', name: 'prefix', origin });
    this.#advance(at);
    this.#lineStart = at;
    this.#mode = 'between';
  }

  #endOther(to: number): void {
    const window = this.#window;
    const length = window.offsetOf(to) - this.#offset;
    const isWhole = window.offsetOf(this.#from) === this.#offset && length < 64;
    if (isWhole && RECORD_LINE.test(window.text(this.#from, to))) {
      this.#emit({ is: 'structure', name: 'record-line', origin: { offset: this.#offset, length } });
      this.#advance(to);
    } else this.#damage('damaged', to, otherText(length));
    this.#lineStart = to;
    this.#at = to;
    this.#mode = 'between';
  }

  /** What stands behind the array inside an envelope. */
  #tail(): boolean {
    const { bytes, end } = this.#window;
    for (let at = this.#at; at < end; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) this.#quoted = !this.#quoted;
      else if (this.#quoted) {
        if (byte === BACKSLASH && bytes[at + 1] === QUOTE) at += 1;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth += 1;
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        this.#depth -= 1;
        if (this.#depth > 0) continue;
        this.#endTail(at + 1);
        return true;
      }
    }
    this.#at = end;
    return false;
  }

  #endTail(to: number): void {
    const origin = { offset: this.#offset, length: this.#window.offsetOf(to) - this.#offset };
    if (origin.length > ENVELOPE_LIMIT) {
      this.#damage(
        'unsupported',
        to,
        `expected the end of the envelope, stood ${origin.length} bytes of other members`,
      );
    } else this.#emit({ is: 'structure', name: 'envelope', origin });
    this.#advance(to);
    this.#at = to;
    this.#mayWrap = true;
    this.#mode = 'between';
  }

  #structure(name: string, to: number): void {
    const offset = this.#window.offsetOf(this.#from);
    this.#emit({ is: 'structure', name, origin: { offset, length: this.#window.offsetOf(to) - offset } });
    this.#advance(to);
  }

  /** A gap from `#offset`, or from `#from` in a mode that keeps its bytes; damage next to damage is one. */
  #damage(reason: GapReason, to: number, says: string): void {
    const window = this.#window;
    const isKept = this.#mode === 'element' || this.#mode === 'between';
    const offset = isKept ? window.offsetOf(this.#from) : this.#offset;
    const origin = { offset, length: window.offsetOf(to) - offset };
    const held = this.#held;
    if (held !== undefined && held.reason === 'damaged' && reason === 'damaged') {
      const length = offset + origin.length - held.origin.offset;
      this.#held = { ...held, origin: { offset: held.origin.offset, length } };
      if (held.says === otherText(held.origin.length)) this.#held = { ...this.#held, says: otherText(length) };
    } else {
      this.#release();
      this.#held = { is: 'gap', reason, origin, says };
    }
    this.#advance(to);
  }

  #emit(structure: Structure): void {
    this.#release();
    if (structure.origin.length > 0) this.#out.push(structure);
  }

  #release(): void {
    if (this.#held !== undefined && this.#held.origin.length > 0) this.#out.push(this.#held);
    this.#held = undefined;
  }

  #advance(to: number): void {
    this.#from = to;
    this.#bracket = -1;
    this.#signs = this.#open = 0;
  }
}

function otherText(length: number): string {
  return `expected an object, stood ${length} bytes of other text`;
}

const TOO_LARGE = `expected an object of at most ${ELEMENT_LIMIT} bytes, stood a larger one`;
const RECORD_LINE = /^\s*Record \d{1,19}\s*$/;
const BATCH = 1024;
const TAIL_LIMIT = 256;
/** The deepest answer of a search has a dozen brackets between two objects. */
const SIGNS_LIMIT = 64;
const TAB = 9;
const LINE_FEED = 10;
const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
