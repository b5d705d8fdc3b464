import { crc32 } from '../bytes/crc32.ts';
import type { ByteSink } from './byte-sink.ts';

/** What two events must have in common to share a template: all that stands beside System, but for the values. */
export type EventShape =
  | { readonly is: 'classic'; readonly isEmpty: boolean }
  | { readonly is: 'named'; readonly names: readonly string[] }
  | {
      readonly is: 'user-data';
      readonly element: string;
      readonly namespace: string;
      readonly names: readonly string[];
    };

export const ARRAY_OF_STRINGS = 0x81;

/**
 * Writes the template definition of an event in BinXML (MS-EVEN6 2.2.12): the elements of System in the order of
 * Windows, then EventData or UserData. Names are written where they are used first in a chunk.
 *
 * Substitutions: 0 provider, 1 its GUID, 2 EventID, 3 Version, 4 Level, 5 Task, 6 Opcode, 7 Keywords, 8 time created,
 * 9 EventRecordID, 10 process, 11 thread, 12 channel, 13 computer, 14 account, from 15 on the content.
 */
export class TemplateWriter {
  readonly #sink: ByteSink;
  readonly #names: Map<string, number>;

  /** @param names chunk offsets of the names that the chunk has already; grows */
  constructor(sink: ByteSink, names: Map<string, number>) {
    this.#sink = sink;
    this.#names = names;
  }

  definition(shape: EventShape, identity: number): void {
    const sink = this.#sink;
    const key = new TextEncoder().encode(JSON.stringify(shape));
    sink.u32(0);
    sink.u32(identity);
    for (const salt of [1, 2, 3]) sink.u32(crc32(key, salt));
    const sizeAt = sink.at;
    sink.u32(0);
    fragmentHeader(sink);
    this.#element('Event', { attributes: [['xmlns', EVENT_NAMESPACE]], content: () => this.#event(shape) });
    sink.u8(0);
    sink.setU32(sizeAt, sink.at - sizeAt - 4);
  }

  #event(shape: EventShape): void {
    this.#element('System', { content: () => this.#system() });
    if (shape.is === 'user-data') this.#element('UserData', { content: () => this.#userData(shape) });
    else this.#element('EventData', { content: () => this.#eventData(shape) });
  }

  #system(): void {
    this.#element('Provider', {
      attributes: [
        ['Name', { index: 0, type: 0x01 }],
        ['Guid', { index: 1, type: 0x0f }],
      ],
    });
    this.#element('EventID', { slot: { index: 2, type: 0x06 } });
    this.#element('Version', { slot: { index: 3, type: 0x04 } });
    this.#element('Level', { slot: { index: 4, type: 0x04 } });
    this.#element('Task', { slot: { index: 5, type: 0x06 } });
    this.#element('Opcode', { slot: { index: 6, type: 0x04 } });
    this.#element('Keywords', { slot: { index: 7, type: 0x15 } });
    this.#element('TimeCreated', { attributes: [['SystemTime', { index: 8, type: 0x11 }]] });
    this.#element('EventRecordID', { slot: { index: 9, type: 0x0a } });
    this.#element('Correlation', {});
    this.#element('Execution', {
      attributes: [
        ['ProcessID', { index: 10, type: 0x08 }],
        ['ThreadID', { index: 11, type: 0x08 }],
      ],
    });
    this.#element('Channel', { slot: { index: 12, type: 0x01 } });
    this.#element('Computer', { slot: { index: 13, type: 0x01 } });
    this.#element('Security', { attributes: [['UserID', { index: 14, type: 0x13 }]] });
  }

  #eventData(shape: Exclude<EventShape, { is: 'user-data' }>): void {
    if (shape.is === 'classic') {
      if (!shape.isEmpty) this.#element('Data', { slot: { index: FIRST_OF_CONTENT, type: ARRAY_OF_STRINGS } });
      return;
    }
    for (const [index, name] of shape.names.entries()) {
      const slot = { index: FIRST_OF_CONTENT + index, type: 0x01 };
      this.#element('Data', name === '' ? { slot } : { attributes: [['Name', name]], slot });
    }
  }

  #userData(shape: Extract<EventShape, { is: 'user-data' }>): void {
    const content = (): void => {
      for (const [index, name] of shape.names.entries()) {
        this.#element(name, { slot: { index: FIRST_OF_CONTENT + index, type: 0x01 } });
      }
    };
    this.#element(shape.element, { attributes: [['xmlns', shape.namespace]], content });
  }

  #element(name: string, parts: ElementParts): void {
    const sink = this.#sink;
    const { attributes = [], slot, content } = parts;
    sink.u8(attributes.length > 0 ? 0x41 : 0x01);
    sink.u16(slot?.index ?? NO_DEPENDENCY);
    const sizeAt = sink.at;
    sink.u32(0);
    this.#name(name);
    if (attributes.length > 0) this.#attributes(attributes);
    if (slot === undefined && content === undefined) sink.u8(0x03);
    else {
      sink.u8(0x02);
      if (slot !== undefined) this.#slot(slot);
      content?.();
      sink.u8(0x04);
    }
    sink.setU32(sizeAt, sink.at - sizeAt - 4);
  }

  #attributes(attributes: readonly (readonly [name: string, value: string | Slot])[]): void {
    const sink = this.#sink;
    const sizeAt = sink.at;
    sink.u32(0);
    for (const [index, [name, value]] of attributes.entries()) {
      sink.u8(index + 1 < attributes.length ? 0x46 : 0x06);
      this.#name(name);
      if (typeof value === 'string') {
        sink.u8(0x05);
        sink.u8(0x01);
        sink.u16(value.length);
        sink.utf16(value);
      } else this.#slot(value);
    }
    sink.setU32(sizeAt, sink.at - sizeAt - 4);
  }

  #slot({ index, type }: Slot): void {
    this.#sink.u8(0x0e);
    this.#sink.u16(index);
    this.#sink.u8(type);
  }

  /** Offset of the next name with the same place in the table (filled in later), hash, length, characters, NUL. */
  #name(name: string): void {
    const sink = this.#sink;
    const known = this.#names.get(name);
    sink.u32(known ?? sink.at + 4);
    if (known !== undefined) return;
    this.#names.set(name, sink.at);
    sink.u32(0);
    sink.u16(nameHash(name));
    sink.u16(name.length);
    sink.utf16(`${name}\0`);
  }
}

/** Token, version 1.1, no flags. */
export function fragmentHeader(sink: ByteSink): void {
  sink.u32(0x0001010f);
}

/** The hash of a name: `h = 65599 h + unit` over its UTF-16 units, of which sixteen bits are kept. */
export function nameHash(name: string): number {
  let hash = 0;
  for (let index = 0; index < name.length; index += 1) hash = (Math.imul(hash, 65599) + name.charCodeAt(index)) | 0;
  return hash & 0xffff;
}

interface Slot {
  readonly index: number;
  readonly type: number;
}

interface ElementParts {
  readonly attributes?: readonly (readonly [name: string, value: string | Slot])[];
  /** The only content, on which the element depends: without a value there is no element. */
  readonly slot?: Slot;
  readonly content?: () => void;
}

const EVENT_NAMESPACE = 'http://schemas.microsoft.com/win/2004/08/events/event';
const FIRST_OF_CONTENT = 15;
const NO_DEPENDENCY = 0xffff;
