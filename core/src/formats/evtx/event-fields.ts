import type { XmlContent, XmlElement } from './elements.ts';

export type EventField = string | readonly string[];

/** What stands beside System in an event, by field name. */
export interface BodyFields {
  /** In the order of the evidence. */
  readonly listed: ReadonlyMap<string, EventField>;
  readonly leaves: readonly Leaf[];
  /** Names of leaves that stand below more than one parent. */
  readonly shared: ReadonlySet<string>;
}

/** A value that no element divides any more. */
export interface Leaf {
  readonly section: string;
  /** The element around it; empty directly below the section. */
  readonly parent: string;
  readonly name: string;
  readonly value: string;
}

/**
 * The fields of `<System>`: an element by its name (`EventID`, `Channel`), an attribute as `Element_Attribute`
 * (`Provider_Name`, `EventID_Qualifiers`). The attributes of Correlation, Execution and Security, and the time of
 * TimeCreated, go by the names everyone uses: `ActivityID`, `ProcessID`, `UserID`, `TimeCreated`.
 */
export function systemFields(system: XmlElement | undefined): Map<string, string> {
  const fields = new Map<string, string>();
  for (const element of childElements(system)) {
    for (const { name, value } of element.attributes) {
      if (!isNamespace(name)) fields.set(systemField(element.name, name), value);
    }
    if (hasText(element.name)) fields.set(element.name, elementText(element));
  }
  return fields;
}

/** The name of an attribute in System. */
export function systemField(element: string, attribute: string): string {
  if (CARRIERS.has(element)) return attribute;
  return element === 'TimeCreated' && attribute === 'SystemTime' ? element : `${element}_${attribute}`;
}

/** Whether an element in System says something by its text. */
export function hasText(element: string): boolean {
  return !CARRIERS.has(element) && element !== 'Provider' && element !== 'TimeCreated';
}

/**
 * The fields of the other sections.
 *
 * - `<Data Name="X">` is `X`; unnamed ones are together `Data`, a list.
 * - A leaf below UserData is named by its element, or by `Parent/Leaf` where leaves of several parents share the name; an
 *   attribute is `Element_Attribute`.
 * - A name that occurs more than once is a list.
 * - A name that System has too is listed as `EventData/X` or `UserData/X`.
 * - Fields of any other section carry its name: `RenderingInfo/Message`.
 */
export function bodyFields(sections: readonly XmlContent[], inSystem: (name: string) => boolean): BodyFields {
  const leaves = sections.filter(isElement).flatMap((section) => sectionLeaves(section));
  const shared = sharedNames(leaves);
  const listed = new Map<string, string | string[]>();
  for (const { section, parent, name, value } of leaves) {
    const isPlain = PLAIN_SECTIONS.has(section);
    const path = shared.has(name) && parent !== '' ? `${parent}/${name}` : name;
    const field = isPlain && !inSystem(path) ? path : `${section}/${path}`;
    const known = listed.get(field);
    if (known === undefined) listed.set(field, name === UNNAMED ? [value] : value);
    else if (typeof known === 'string') listed.set(field, [known, value]);
    else known.push(value);
  }
  return { listed, leaves, shared };
}

/**
 * A field by a name that is not listed, because it would only repeat another: `Data[0]`, `EventData/X` and `UserData/X`
 * for what is listed as `X`, and `Leaf` for all of what is listed as `Parent/Leaf`.
 */
export function otherwiseNamed({ listed, leaves, shared }: BodyFields, field: string): EventField | undefined {
  const index = field.startsWith(UNNAMED) ? UNNAMED_AT.exec(field)?.[1] : undefined;
  if (index !== undefined) return listed.get(UNNAMED)?.[Number(index)];
  const slash = field.indexOf('/');
  if (slash < 0 && !shared.has(field)) return undefined;
  const section = field.slice(0, Math.max(slash, 0));
  const name = field.slice(slash + 1);
  const values = leaves
    .filter(
      (leaf) => leaf.name === name && (section === '' || section === leaf.section) && PLAIN_SECTIONS.has(leaf.section),
    )
    .map((leaf) => leaf.value);
  return values.length === 1 && name !== UNNAMED ? values[0] : values.length === 0 ? undefined : values;
}

export function isElement(content: XmlContent): content is XmlElement {
  return typeof content === 'object' && 'children' in content;
}

function sectionLeaves(section: XmlElement): Leaf[] {
  const leaves: Leaf[] = [];
  const named = { section: section.name, parent: '' };
  for (const { name, value } of section.attributes) {
    if (!isNamespace(name)) leaves.push({ ...named, name: `${section.name}_${name}`, value });
  }
  for (const element of childElements(section)) {
    if (section.name === 'EventData' && element.name === 'Data') {
      const given = element.attributes.find((attribute) => attribute.name === 'Name')?.value ?? '';
      leaves.push({ ...named, name: given === '' ? UNNAMED : given, value: elementText(element) });
    } else addLeaves(element, named, leaves);
  }
  const text = section.children.filter((child) => typeof child === 'string').join('');
  if (text.trim() !== '') leaves.push({ ...named, name: section.name, value: text });
  return leaves;
}

function addLeaves(element: XmlElement, around: { section: string; parent: string }, leaves: Leaf[]): void {
  const { section, parent } = around;
  let attributes = 0;
  for (const { name, value } of element.attributes) {
    if (isNamespace(name)) continue;
    leaves.push({ section, parent, name: `${element.name}_${name}`, value });
    attributes += 1;
  }
  let inner = 0;
  for (const child of childElements(element)) {
    addLeaves(child, { section, parent: element.name }, leaves);
    inner += 1;
  }
  const text = element.children.filter((child) => typeof child === 'string').join('');
  const isContainer = inner > 0 && text.trim() === '';
  if (!isContainer && (text !== '' || attributes === 0))
    leaves.push({ section, parent, name: element.name, value: text });
}

function sharedNames(leaves: readonly Leaf[]): Set<string> {
  const parents = new Map<string, string>();
  const shared = new Set<string>();
  for (const { section, parent, name } of leaves) {
    const known = parents.get(name);
    const place = `${section}/${parent}`;
    if (known === undefined) parents.set(name, place);
    else if (known !== place) shared.add(name);
  }
  return shared;
}

function childElements(element: XmlElement | undefined): XmlElement[] {
  return element?.children.filter(isElement) ?? [];
}

function elementText(element: XmlElement): string {
  let text = '';
  for (const child of element.children) {
    if (typeof child === 'string') text += child;
    else if (isElement(child)) text += elementText(child);
  }
  return text;
}

export function isNamespace(name: string): boolean {
  return name === 'xmlns' || name.startsWith('xmlns:');
}

const CARRIERS: ReadonlySet<string> = new Set(['Correlation', 'Execution', 'Security']);
const PLAIN_SECTIONS: ReadonlySet<string> = new Set(['EventData', 'UserData']);
export const UNNAMED = 'Data';
const UNNAMED_AT = /^Data\[(\d{1,6})\]$/;
