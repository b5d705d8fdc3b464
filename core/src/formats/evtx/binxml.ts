import type { GapReason } from '../../model/reading.ts';
import { templateSize } from './cost.ts';
import type { AttributeNode, ElementNode, Instance, Node, Part, Template, Values } from './nodes.ts';
import {
  ATTRIBUTE,
  CDATA,
  CHARACTER,
  CLOSE_EMPTY_ELEMENT,
  CLOSE_START_ELEMENT,
  CLOSE_TOKENS,
  END_ELEMENT,
  END_OF_STREAM,
  ENTITY,
  FRAGMENT_HEADER,
  INSTRUCTION_TARGET,
  INSTRUCTION_TEXT,
  MORE,
  NORMAL_SUBSTITUTION,
  OPEN_START_ELEMENT,
  OPTIONAL_SUBSTITUTION,
  TEMPLATE_INSTANCE,
  VALUE,
} from './tokens.ts';
import { ARRAY, BINARY_XML, NULL, STRING, valueText, wideText } from './values.ts';
import type { ChunkBytes, Place } from './values.ts';

/** What is shared by the records of one chunk, and by no others: a crafted chunk can not lie about another's names. */
export interface ChunkState extends ChunkBytes {
  readonly names: Map<number, Name>;
  /** By chunk offset; where a definition does not parse, why. */
  readonly templates: Map<number, Template | Failure>;
  /** Bytes of template definitions parsed so far; overlapping definitions could ask for far more than the chunk has. */
  definitionBytes: number;
  /** What the records so far would cost together, put into words. */
  cost: number;
  /** Whether names and templates must also prove that they are what was meant: for records found outside the log. */
  strict: boolean;
}

export interface Failure {
  readonly reason: GapReason;
  readonly says: string;
}

interface Name {
  readonly text: string;
  readonly end: number;
}

export function chunkState(bytes: Uint8Array): ChunkState {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { bytes, view, names: new Map(), templates: new Map(), definitionBytes: 0, cost: 0, strict: false };
}

/**
 * Parses the BinXML of one record into nodes (MS-EVEN6 2.2.12, as stored in files: names and template definitions by
 * chunk offset, in place where they are used first).
 *
 * The first thing that does not fit ends the parse for good: `failure` says what, and what was parsed is not to be used.
 * Sizes of elements and attribute lists are not believed, the tokens say where things end.
 */
export class BinXmlParser {
  failure: Failure | undefined;
  readonly #chunk: ChunkState;
  #at = 0;
  #end = 0;

  constructor(chunk: ChunkState) {
    this.#chunk = chunk;
  }

  /** The content of a fragment that lies in `place`, up to its end token. */
  fragment({ at, size }: Place, depth: number, inTemplate = false): Node[] {
    const before = { at: this.#at, end: this.#end };
    this.#at = at;
    this.#end = at + size;
    const nodes = this.#content(END_OF_STREAM, depth, inTemplate);
    this.#at = before.at;
    this.#end = before.end;
    return nodes;
  }

  #content(stop: number, depth: number, inTemplate: boolean): Node[] {
    const nodes: Node[] = [];
    if (depth > DEPTH_LIMIT) this.#fail('limit', `expected a depth of at most ${DEPTH_LIMIT}`);
    while (this.failure === undefined) {
      // An embedded fragment may lack its end token: the size of the value ends it.
      if (this.#at === this.#end && stop === END_OF_STREAM) return nodes;
      const token = this.#u8();
      if (token === stop) return nodes;
      this.#token(token, nodes, depth, inTemplate);
    }
    return nodes;
  }

  #token(token: number, nodes: Node[], depth: number, inTemplate: boolean): void {
    switch (token & ~MORE) {
      case OPEN_START_ELEMENT:
        nodes.push(this.#element(token, depth, inTemplate));
        return;
      case TEMPLATE_INSTANCE:
        nodes.push(this.#instance(depth));
        return;
      case FRAGMENT_HEADER:
        this.#skip(3);
        return;
      case INSTRUCTION_TARGET:
        nodes.push(this.#instruction());
        return;
      default: {
        const part = this.#part(token);
        if (part === undefined) this.#unexpected(token, 'content');
        else nodes.push(part);
      }
    }
  }

  #element(token: number, depth: number, inTemplate: boolean): ElementNode {
    // Only a template has values that an element could depend on, and the field for it.
    const dependency = inTemplate ? this.#u16() : NO_DEPENDENCY;
    this.#skip(4);
    const name = this.#name();
    const attributes: AttributeNode[] = [];
    if ((token & MORE) !== 0) {
      this.#skip(4);
      while (this.failure === undefined && (this.#peek() & ~MORE) === ATTRIBUTE) attributes.push(this.#attribute());
    }
    const close = this.#u8();
    let children: readonly Node[] = [];
    if (close === CLOSE_START_ELEMENT) children = this.#content(END_ELEMENT, depth + 1, inTemplate);
    else if (close !== CLOSE_EMPTY_ELEMENT) this.#unexpected(close, `the end of start tag ${name}`);
    return {
      is: 'element',
      name,
      dependency: dependency === NO_DEPENDENCY ? -1 : dependency,
      attributes,
      children,
      selfClosed: close === CLOSE_EMPTY_ELEMENT,
    };
  }

  #attribute(): AttributeNode {
    this.#skip(1);
    const name = this.#name();
    const parts: Part[] = [];
    while (this.failure === undefined) {
      const token = this.#peek();
      if (token === ATTRIBUTE || token === (ATTRIBUTE | MORE) || CLOSE_TOKENS.has(token)) break;
      this.#skip(1);
      const part = this.#part(token);
      if (part === undefined) this.#unexpected(token, `the value of attribute ${name}`);
      else parts.push(part);
    }
    return { name, parts };
  }

  #part(token: number): Part | undefined {
    switch (token & ~MORE) {
      case VALUE:
        return { is: 'text', text: this.#inlineValue() };
      case CDATA:
        return { is: 'text', text: this.#countedText() };
      case CHARACTER:
        return { is: 'text', text: String.fromCharCode(this.#u16()) };
      case ENTITY: {
        const name = this.#name();
        return { is: 'text', text: ENTITIES.get(name) ?? `&${name};` };
      }
      case NORMAL_SUBSTITUTION:
      case OPTIONAL_SUBSTITUTION: {
        const index = this.#u16();
        return { is: 'slot', index, type: this.#u8(), optional: (token & ~MORE) === OPTIONAL_SUBSTITUTION };
      }
      default:
        return undefined;
    }
  }

  #inlineValue(): string {
    const type = this.#u8();
    if (type === STRING) return this.#countedText();
    // MS-EVEN6 knows only strings here; numbers are read because nothing else could follow them.
    const size = INLINE_SIZES.get(type);
    if (size === undefined) {
      this.#fail('damaged', `expected a string at 0x${this.#at.toString(16)}, stood value type 0x${type.toString(16)}`);
      return '';
    }
    const at = this.#at;
    this.#skip(size);
    return this.failure === undefined ? valueText(this.#chunk, type, { at, size }) : '';
  }

  #countedText(): string {
    const size = 2 * this.#u16();
    const at = this.#at;
    this.#skip(size);
    return this.failure === undefined ? wideText(this.#chunk.bytes, at, size) : '';
  }

  #instruction(): Node {
    const target = this.#name();
    if (this.#peek() !== INSTRUCTION_TEXT) return { is: 'instruction', target, text: '' };
    this.#skip(1);
    return { is: 'instruction', target, text: this.#countedText() };
  }

  #instance(depth: number): Instance {
    this.#skip(1);
    const identity = this.#u32();
    const offset = this.#u32();
    const inPlace = offset === this.#at;
    const template = this.#template(offset, depth);
    if (inPlace) this.#skip(DEFINITION_HEADER + this.#definitionSize(offset));
    if (this.#chunk.strict && this.failure === undefined && template.identity !== identity) {
      this.#fail('damaged', `expected template ${identity} at 0x${offset.toString(16)}, stood ${template.identity}`);
    }
    return { is: 'instance', template, values: this.#values(depth) };
  }

  #template(offset: number, depth: number): Template {
    const known = this.#chunk.templates.get(offset);
    if (known !== undefined) {
      if ('nodes' in known) return known;
      this.failure ??= known;
      return NO_TEMPLATE;
    }
    const size = this.#definitionSize(offset);
    if (this.failure !== undefined) return NO_TEMPLATE;
    this.#chunk.definitionBytes += size;
    if (this.#chunk.definitionBytes > DEFINITION_LIMIT) {
      this.#fail('limit', `expected at most ${DEFINITION_LIMIT} bytes of template definitions in a chunk`);
      return NO_TEMPLATE;
    }
    const says = `template at 0x${offset.toString(16)} contains itself`;
    this.#chunk.templates.set(offset, { reason: 'damaged', says });
    const nodes = this.fragment({ at: offset + DEFINITION_HEADER, size }, depth + 1, true);
    const template = {
      nodes,
      identity: this.#chunk.view.getUint32(offset + 4, true),
      size: templateSize(nodes),
    };
    this.#chunk.templates.set(offset, this.failure ?? template);
    return template;
  }

  #definitionSize(offset: number): number {
    const { bytes, view } = this.#chunk;
    const start = offset + DEFINITION_HEADER;
    const size = start <= bytes.length ? view.getUint32(start - 4, true) : -1;
    if (size >= 0 && start + size <= bytes.length) return size;
    this.#fail('damaged', `expected a template definition at 0x${offset.toString(16)}, which leads out of the chunk`);
    return 0;
  }

  #values(depth: number): Values {
    const count = this.#u32();
    const table = this.#at;
    if (count > (this.#end - table) / 4) {
      this.#fail('damaged', `expected room for ${count} values, stood ${this.#end - table} bytes`);
      return NO_VALUES;
    }
    this.#skip(4 * count);
    const types: number[] = [];
    const places: Place[] = [];
    let embedded: Map<number, readonly Node[]> | undefined;
    let hasArrays = false;
    for (let index = 0; index < count && this.failure === undefined; index += 1) {
      const size = this.#chunk.view.getUint16(table + 4 * index, true);
      const type = this.#chunk.view.getUint8(table + 4 * index + 2);
      const place = { at: this.#at, size };
      types.push(type);
      places.push(place);
      hasArrays ||= (type & ARRAY) !== 0;
      this.#skip(size);
      if (type !== BINARY_XML || size === 0 || this.failure !== undefined) continue;
      embedded ??= new Map();
      embedded.set(index, this.fragment(place, depth + 1));
    }
    return { size: this.#at - table - 4 * count, hasArrays, types, places, embedded };
  }

  /** A name by its chunk offset; where the name stands right here, the reading goes on behind it. */
  #name(): string {
    const offset = this.#u32();
    if (this.failure !== undefined) return '';
    const name = this.#chunk.names.get(offset) ?? this.#readName(offset);
    if (offset === this.#at) this.#at = name.end;
    return name.text;
  }

  #readName(offset: number): Name {
    const { bytes, view, names, strict } = this.#chunk;
    const start = offset + NAME_HEADER;
    const count = start <= bytes.length ? view.getUint16(start - 2, true) : -1;
    const end = start + 2 * count + 2;
    if (count < 0 || end > bytes.length) {
      this.#fail('damaged', `expected a name at 0x${offset.toString(16)}, which leads out of the chunk`);
      return NO_NAME;
    }
    if (count > NAME_LIMIT) {
      this.#fail('limit', `expected a name of at most ${NAME_LIMIT} characters, stood ${count}`);
      return NO_NAME;
    }
    const name = { text: wideText(bytes, start, 2 * count), end };
    if (strict && nameHash(name.text) !== view.getUint16(start - 4, true)) {
      this.#fail('damaged', `expected a name with its hash at 0x${offset.toString(16)}`);
      return NO_NAME;
    }
    names.set(offset, name);
    return name;
  }

  #u8(): number {
    return this.#take(1) ? this.#chunk.view.getUint8(this.#at - 1) : 0;
  }

  #u16(): number {
    return this.#take(2) ? this.#chunk.view.getUint16(this.#at - 2, true) : 0;
  }

  #u32(): number {
    return this.#take(4) ? this.#chunk.view.getUint32(this.#at - 4, true) : 0;
  }

  #peek(): number {
    return this.#at < this.#end ? this.#chunk.view.getUint8(this.#at) : -1;
  }

  #skip(size: number): void {
    this.#take(size);
  }

  #take(size: number): boolean {
    if (this.#at + size > this.#end) {
      this.#fail('damaged', `expected ${size} more bytes at 0x${this.#at.toString(16)}, stood ${this.#end - this.#at}`);
      return false;
    }
    this.#at += size;
    return this.failure === undefined;
  }

  #unexpected(token: number, where: string): void {
    const shown = `0x${token.toString(16).padStart(2, '0')}`;
    this.#fail('damaged', `expected ${where} at 0x${(this.#at - 1).toString(16)}, stood token ${shown}`);
  }

  #fail(reason: GapReason, says: string): void {
    this.failure ??= { reason, says };
  }
}

/** The hash that stands before every name: `h = 65599 h + unit`, of which sixteen bits are kept. */
function nameHash(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) hash = (Math.imul(hash, 65599) + text.charCodeAt(index)) | 0;
  return hash & 0xffff;
}

const NO_DEPENDENCY = 0xffff;
/** Next definition's offset, GUID, size. */
const DEFINITION_HEADER = 24;
/** Next name's offset, hash, number of characters; the characters follow, and a NUL. */
const NAME_HEADER = 8;
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);
const INLINE_SIZES: ReadonlyMap<number, number> = new Map([
  [NULL, 0],
  [0x03, 1],
  [0x04, 1],
  [0x05, 2],
  [0x06, 2],
  [0x07, 4],
  [0x08, 4],
  [0x09, 8],
  [0x0a, 8],
  [0x0b, 4],
  [0x0c, 8],
  [0x0d, 4],
  [0x0f, 16],
  [0x11, 8],
  [0x12, 16],
  [0x14, 4],
  [0x15, 8],
]);

const NO_NAME: Name = { text: '', end: 0 };
const NO_VALUES: Values = { size: 0, hasArrays: false, types: [], places: [], embedded: undefined };
const NO_TEMPLATE: Template = { nodes: [], identity: 0, size: { fixed: 0, uses: 0 } };

/** Windows nests three or four deep. */
const DEPTH_LIMIT = 64;
const NAME_LIMIT = 1024;
/** Definitions that do not overlap fit into one chunk. */
const DEFINITION_LIMIT = 4 * 65536;
