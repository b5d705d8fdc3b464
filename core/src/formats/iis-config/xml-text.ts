import { decodeUtf16, latin1Text, textStart } from '../../bytes/text.ts';

/** The text of an XML file, and for each place in it the byte it stands at. */
export class XmlText {
  readonly text: string;
  /** Whether the bytes were UTF-8 or UTF-16; if not, each was taken for one character. */
  readonly exact: boolean;
  readonly #mark: number;
  /** Bytes a UTF-16 unit takes; 0 where it depends on the character. */
  readonly #width: 0 | 1 | 2;
  #index = 0;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    const { encoding, mark } = textStart(bytes);
    const body = bytes.subarray(mark);
    const utf8 = encoding === 'utf-8' ? strictUtf8(body) : undefined;
    this.text = encoding === 'utf-8' ? (utf8 ?? latin1Text(body)) : decodeUtf16(body, encoding);
    this.exact = encoding !== 'utf-8' || utf8 !== undefined;
    this.#mark = mark;
    this.#width = encoding === 'utf-8' ? (utf8 === undefined ? 1 : 0) : 2;
  }

  /** Byte offset of a place in the text, from the begin of the file, its mark included. Asked for in rising order. */
  byteAt(index: number): number {
    if (this.#width !== 0) return this.#mark + index * this.#width;
    if (index < this.#index) {
      this.#index = 0;
      this.#offset = 0;
    }
    for (; this.#index < index; this.#index++) this.#offset += utf8Bytes(this.text.charCodeAt(this.#index));
    return this.#mark + this.#offset;
  }
}

/** The two halves of a surrogate pair are four bytes together. */
function utf8Bytes(unit: number): number {
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  return unit >= 0xd800 && unit <= 0xdfff ? 2 : 3;
}

function strictUtf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
