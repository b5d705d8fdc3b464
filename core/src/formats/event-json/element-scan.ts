/** How the scan of a run of bytes ended. */
export type ScanEnd =
  /** The bytes are used up inside the object. */
  | 'open'
  /** The object is closed; `at` stands behind its brace. */
  | 'closed'
  /** What stands at `at` cannot be part of the object: it was cut, and something else begins there. */
  | 'broken';

/** The deepest nesting that is read; deeper objects are skipped to their end. */
export const DEPTH_LIMIT = 64;

/**
 * Finds the end of one JSON object (RFC 8259) in bytes that come in pieces. It knows strings, brackets and line ends and
 * leaves the grammar to the parser, but for one question that must be answered here: where does a cut object end and the
 * next one begin? A line end inside a string is no JSON, and a line that begins with `{` begins a new object, unless
 * this one is printed over several lines and the line is indented deeper than its own begin.
 */
export class ElementScan {
  /** Colons outside strings: as many as the object and those inside it have keys, repeated ones counted. */
  colons = 0;
  depth = 0;
  deepest = 0;
  /** Whether a number of sixteen digits or more, or one with an exponent, stands in it: a double may not keep it. */
  hasLongNumber = false;
  /** Why it is broken. */
  says = '';
  #quoted = false;
  #escaped = false;
  #digits = 0;
  /** Spaces since the last line end, -1 where other text stood since. */
  #margin = -1;
  /** Of the line on which the object began. */
  #indent = 0;
  /** -1 until it is known whether a line end follows the first brace. */
  #pretty: boolean | undefined;

  /** @param indent spaces before the object on its line */
  begin(indent: number): void {
    this.colons = 0;
    this.depth = 0;
    this.deepest = 0;
    this.hasLongNumber = false;
    this.#quoted = false;
    this.#escaped = false;
    this.#digits = 0;
    this.#margin = -1;
    this.#indent = indent;
    this.#pretty = undefined;
  }

  /**
   * @param bytes one byte a character; what is not ASCII has the high bit
   * @param from where the object begins, or where the last call stopped
   */
  run(bytes: Uint8Array, from: number, to: number): { end: ScanEnd; at: number } {
    let at = from;
    let digits = this.#digits;
    while (at < to) {
      if (this.#quoted) {
        const next = this.#string(bytes, at, to);
        if (next < 0) return { end: 'broken', at: ~next };
        at = next;
        continue;
      }
      const byte = bytes[at] ?? 0;
      if (byte >= ZERO && byte <= NINE) {
        digits += 1;
        if (digits === LONG) this.hasLongNumber = true;
        this.#solid();
        at += 1;
        continue;
      }
      switch (byte) {
        case QUOTE:
          this.#quoted = true;
          this.#solid();
          break;
        case COLON:
          this.colons += 1;
          this.#solid();
          break;
        case OPEN_BRACE:
          if (this.#margin >= 0 && (this.#pretty !== true || this.#margin <= this.#indent)) {
            return this.#broken(at, 'stood the begin of another');
          }
          this.#open(this.depth === 0);
          break;
        case OPEN_BRACKET:
          this.#open(false);
          break;
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          this.depth -= 1;
          this.#solid();
          if (this.depth === 0) return { end: 'closed', at: at + 1 };
          break;
        case LINE_FEED:
          this.#pretty ??= true;
          this.#margin = 0;
          break;
        case SPACE:
        case TAB:
          if (this.#margin >= 0) this.#margin += 1;
          break;
        case RETURN:
          break;
        case NUL:
          return this.#broken(at, 'stood NUL bytes');
        default:
          this.#solid();
          at += 1;
          if (digits > 0 && (byte | 32) === EXPONENT) this.hasLongNumber = true;
          // A point is part of the number.
          if (byte !== POINT) digits = 0;
          continue;
      }
      digits = 0;
      at += 1;
    }
    this.#digits = digits;
    return { end: 'open', at };
  }

  /** @returns the place behind the string or behind the bytes; its complement where the string is broken off */
  #string(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    if (this.#escaped) {
      this.#escaped = false;
      if (!isBreak(bytes[at])) at += 1;
    }
    while (at < to) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) {
        this.#quoted = false;
        return at + 1;
      }
      if (byte === BACKSLASH) {
        at += 1;
        if (at === to) this.#escaped = true;
        else if (!isBreak(bytes[at])) at += 1;
      } else if (isBreak(byte)) {
        this.says = byte === NUL ? 'stood NUL bytes' : 'stood a line end inside a text';
        return ~(byte === NUL ? at : at + 1);
      } else at += 1;
    }
    return at;
  }

  #open(first: boolean): void {
    this.depth += 1;
    if (this.depth > this.deepest) this.deepest = this.depth;
    if (!first) this.#solid();
    this.#margin = -1;
  }

  /** Something other than space stood on this line. */
  #solid(): void {
    this.#pretty ??= false;
    this.#margin = -1;
  }

  #broken(at: number, says: string): { end: ScanEnd; at: number } {
    this.says = says;
    return { end: 'broken', at };
  }
}

function isBreak(byte: number | undefined): boolean {
  return byte === LINE_FEED || byte === NUL;
}

const LONG = 16;
const NUL = 0;
const TAB = 9;
const LINE_FEED = 10;
const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const EXPONENT = 101;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
