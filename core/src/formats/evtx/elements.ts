import type { AttributeNode, ElementNode, Node, Part, Slot, Values } from './nodes.ts';
import { ARRAY, BINARY_XML, NULL, arrayPlaces, valueText } from './values.ts';
import type { ChunkBytes, Place } from './values.ts';

/** An element of one event, all values put in. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlContent[];
  readonly selfClosed: boolean;
}

export interface XmlAttribute {
  readonly name: string;
  readonly value: string;
}

export type XmlContent = XmlElement | XmlInstruction | string;

export interface XmlInstruction {
  readonly target: string;
  readonly text: string;
}

/**
 * Puts the values of a record into parsed nodes.
 *
 * - A substitution without a value takes the element away that depends on it, or the attribute it stands in
 *   (MS-EVEN6 3.1.4.7.2).
 * - An array repeats the element it stands in, once for each of its elements (3.1.4.7.5); without elements, once.
 * - A value that is BinXML is content.
 */
export function expand(chunk: ChunkBytes, nodes: readonly Node[], values: Values | undefined): XmlContent[] {
  const out: XmlContent[] = [];
  for (const node of nodes) expandNode(chunk, node, { values, arrays: undefined, pick: 0 }, out);
  return out;
}

/** How often an element is shown: once for each element of the longest array that stands directly in it. */
export function repetitions(chunk: ChunkBytes, node: ElementNode, values: Values | undefined): number {
  return longest(arraysIn(chunk, node, values));
}

/** The value of an attribute; `undefined` where an optional part of it is null. */
export function attributeText(
  chunk: ChunkBytes,
  parts: readonly Part[],
  values: Values | undefined,
): string | undefined {
  return fill(chunk, parts, { ...PLAIN, values });
}

/** The text of an element that has no arrays and no BinXML in it. */
export function plainText(chunk: ChunkBytes, parts: readonly Part[], values: Values | undefined): string {
  let text = '';
  for (const part of parts) text += part.is === 'text' ? part.text : slotText(chunk, part, { ...PLAIN, values });
  return text;
}

export function hasValue(values: Values | undefined, index: number): boolean {
  return (values?.types[index] ?? NULL) !== NULL;
}

interface Filling {
  readonly values: Values | undefined;
  /** The elements of the arrays that stand directly in the element that is being filled. */
  readonly arrays: Arrays | undefined;
  /** Which element of its arrays a repeated element shows. */
  readonly pick: number;
}

type Arrays = ReadonlyMap<number, readonly Place[]>;

function expandNode(chunk: ChunkBytes, node: Node, filling: Filling, out: XmlContent[]): void {
  switch (node.is) {
    case 'element':
      expandElement(chunk, node, filling.values, out);
      return;
    case 'instance':
      for (const inner of node.template.nodes) expandNode(chunk, inner, { ...PLAIN, values: node.values }, out);
      return;
    case 'instruction':
      out.push({ target: node.target, text: node.text });
      return;
    case 'slot': {
      const embedded = filling.values?.embedded?.get(node.index);
      if (embedded === undefined) pushText(out, slotText(chunk, node, filling));
      else for (const inner of embedded) expandNode(chunk, inner, PLAIN, out);
      return;
    }
    default:
      pushText(out, node.text);
  }
}

function expandElement(chunk: ChunkBytes, node: ElementNode, values: Values | undefined, out: XmlContent[]): void {
  if (node.dependency >= 0 && !hasValue(values, node.dependency)) return;
  const arrays = arraysIn(chunk, node, values);
  const times = longest(arrays);
  for (let pick = 0; pick < times; pick += 1) {
    const filling = { values, arrays, pick };
    const children: XmlContent[] = [];
    for (const child of node.children) expandNode(chunk, child, filling, children);
    const { name, selfClosed } = node;
    out.push({ name, attributes: expandAttributes(chunk, node.attributes, filling), children, selfClosed });
  }
}

function expandAttributes(chunk: ChunkBytes, nodes: readonly AttributeNode[], filling: Filling): XmlAttribute[] {
  const attributes: XmlAttribute[] = [];
  for (const { name, parts } of nodes) {
    const value = fill(chunk, parts, filling);
    if (value !== undefined) attributes.push({ name, value });
  }
  return attributes;
}

function fill(chunk: ChunkBytes, parts: readonly Part[], filling: Filling): string | undefined {
  let value = '';
  for (const part of parts) {
    if (part.is === 'text') value += part.text;
    else if (part.optional && !hasValue(filling.values, part.index)) return undefined;
    else value += slotText(chunk, part, filling);
  }
  return value;
}

function slotText(chunk: ChunkBytes, slot: Slot, { values, arrays, pick }: Filling): string {
  const type = values?.types[slot.index] ?? NULL;
  const place = values?.places[slot.index] ?? NOWHERE;
  if ((type & ARRAY) === 0) return type === BINARY_XML ? '' : valueText(chunk, type, place);
  const element = type & ~ARRAY;
  const places = arrays?.get(slot.index);
  if (places !== undefined) return valueText(chunk, element, places[pick] ?? NOWHERE);
  // An array in an attribute: nothing to repeat, so as XML Schema writes a list.
  return arrayPlaces(chunk, type, place)
    .map((each) => valueText(chunk, element, each))
    .join(' ');
}

function arraysIn(chunk: ChunkBytes, node: ElementNode, values: Values | undefined): Arrays | undefined {
  let arrays: Map<number, readonly Place[]> | undefined;
  for (const child of node.children) {
    if (child.is !== 'slot') continue;
    const type = values?.types[child.index] ?? NULL;
    const place = values?.places[child.index];
    if ((type & ARRAY) === 0 || place === undefined) continue;
    arrays ??= new Map();
    arrays.set(child.index, arrayPlaces(chunk, type, place));
  }
  return arrays;
}

function longest(arrays: Arrays | undefined): number {
  let times = 1;
  for (const places of arrays?.values() ?? []) times = Math.max(times, places.length);
  return times;
}

function pushText(out: XmlContent[], text: string): void {
  if (text === '') return;
  const last = out.at(-1);
  if (typeof last === 'string') out[out.length - 1] = last + text;
  else out.push(text);
}

const PLAIN: Filling = { values: undefined, arrays: undefined, pick: 0 };
const NOWHERE: Place = { at: 0, size: 0 };
