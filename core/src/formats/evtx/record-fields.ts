import { expand, hasValue } from './elements.ts';
import type { XmlContent, XmlElement } from './elements.ts';
import { bodyFields, isElement, otherwiseNamed, systemFields } from './event-fields.ts';
import type { EventField } from './event-fields.ts';
import { PlannedFields, eventDataPlan, suits, systemPlan } from './field-plan.ts';
import type { ElementNode, Node, Values } from './nodes.ts';
import type { ChunkBytes } from './values.ts';

/** The root element of an event, its values not put in yet. */
export interface EventRoot {
  readonly node: ElementNode;
  /** Of the template that the element is of; absent for an event without a template. */
  readonly values: Values | undefined;
}

/** Fields of an event, read when asked for. */
export interface Fields {
  get(name: string): EventField | undefined;
  /** Those it has, in the order of the evidence. */
  names(): readonly string[];
}

/** Finds the root element: on top of the fragment, or inside the template that the fragment is an instance of. */
export function eventRoot(nodes: readonly Node[], values: Values | undefined): EventRoot | undefined {
  for (const node of nodes) {
    if (node.is === 'element') return { node, values };
    if (node.is !== 'instance') continue;
    const inner = eventRoot(node.template.nodes, node.values);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** The fields of System: by plan where the template allows it, else from the elements. */
export function systemOf(chunk: ChunkBytes, { node, values }: EventRoot): Fields {
  const [system, ...more] = node.children.filter(isSystem);
  if (system !== undefined && more.length === 0 && values !== undefined && isThere(system, values)) {
    const plan = systemPlan(system);
    if (plan !== undefined && suits(plan, values)) return new PlannedFields(chunk, plan, values);
  }
  const nodes = system === undefined ? node.children : [system, ...more];
  const fields = systemFields(expand(chunk, nodes, values).filter(isElement).find(isSystemElement));
  return { get: (name) => fields.get(name), names: () => [...fields.keys()] };
}

/** The fields of what stands beside System. */
export function bodyOf(chunk: ChunkBytes, { node, values }: EventRoot, system: Fields): Fields {
  const others = node.children.filter((child) => !isSystem(child));
  return plannedBody(chunk, { others, values }, system) ?? generalBody(expand(chunk, others, values), system);
}

/** EventData of a template of its own, as a value of the event's (old providers), or of the event's (new ones). */
function plannedBody(
  chunk: ChunkBytes,
  { others, values }: { others: readonly Node[]; values: Values | undefined },
  system: Fields,
): Fields | undefined {
  const [only, ...more] = others;
  if (only === undefined || more.length > 0 || only.is === 'text') return undefined;
  const nodes = only.is === 'slot' ? values?.embedded?.get(only.index) : [only];
  if (nodes === undefined || nodes.length !== 1) return undefined;
  const root = eventRoot(nodes, only.is === 'slot' ? undefined : values);
  if (root?.values === undefined || !isThere(root.node, root.values)) return undefined;
  const plan = eventDataPlan(root.node);
  if (plan === undefined || !suits(plan, root.values)) return undefined;
  const planned = new PlannedFields(chunk, plan, root.values);
  return {
    get: (name) =>
      planned.get(name.startsWith(EVENT_DATA) && !plan.fields.has(name) ? name.slice(EVENT_DATA.length) : name),
    names: () => planned.names().map((name) => (isTaken(system, name) ? EVENT_DATA + name : name)),
  };
}

function generalBody(sections: readonly XmlContent[], system: Fields): Fields {
  const others = sections.filter((content) => !isElement(content) || !isSystemElement(content));
  const body = bodyFields(others, (name) => isTaken(system, name));
  return {
    get: (name) => body.listed.get(name) ?? otherwiseNamed(body, name),
    names: () => [...body.listed.keys()],
  };
}

/** Whether a name means something else in this event than a value of its body. */
function isTaken(system: Fields, name: string): boolean {
  return RECORD_FIELDS.has(name) || system.get(name) !== undefined;
}

function isThere({ dependency }: ElementNode, values: Values): boolean {
  return dependency < 0 || hasValue(values, dependency);
}

function isSystem(node: Node): node is ElementNode {
  return node.is === 'element' && node.name === 'System';
}

function isSystemElement(element: XmlElement): boolean {
  return element.name === 'System';
}

/** What the record itself answers to. */
const RECORD_FIELDS: ReadonlySet<string> = new Set(['RecordNumber', 'Recovered', 'TimeCreated_SystemTime']);
const EVENT_DATA = 'EventData/';
