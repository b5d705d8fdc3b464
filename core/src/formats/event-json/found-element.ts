import type { ByteWindow } from './byte-window.ts';
import type { Element } from './element-splitter.ts';

/** Its text is made when it is asked for: most objects of a first pass are not. */
export class FoundElement implements Element {
  readonly is = 'element';
  readonly offset: number;
  readonly length: number;
  readonly tail: number;
  readonly raw: Uint8Array;
  readonly colons: number;
  readonly deepest: number;
  readonly hasLongNumber: boolean;
  readonly #window: ByteWindow;
  readonly #from: number;
  readonly #to: number;
  #text: string | undefined;

  constructor(
    window: ByteWindow,
    { from, to }: { from: number; to: number },
    found: Pick<Element, 'offset' | 'length' | 'tail' | 'colons' | 'deepest' | 'hasLongNumber'>,
  ) {
    this.offset = found.offset;
    this.length = found.length;
    this.tail = found.tail;
    this.raw = window.raw(from, to);
    this.colons = found.colons;
    this.deepest = found.deepest;
    this.hasLongNumber = found.hasLongNumber;
    this.#window = window;
    this.#from = from;
    this.#to = to;
  }

  get text(): string {
    return (this.#text ??= this.#window.text(this.#from, this.#to));
  }
}
