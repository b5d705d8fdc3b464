import { repetitions } from './elements.ts';
import type { ElementNode, Instance, Node, TemplateSize, Values } from './nodes.ts';
import { ARRAY } from './values.ts';
import type { ChunkBytes } from './values.ts';

/** What one event may cost. Of 15,000 real events the largest costs 20,000. */
export const EVENT_COST_LIMIT = 131_072;

/**
 * What an expansion would cost at most: its nodes, and one more for every four characters or bytes in them. A small
 * record can ask for much, by a large template, a value that stands in many places, or arrays in arrays.
 *
 * Counting stops somewhere above `EVENT_COST_LIMIT`. Fragments inside fragments, and templates inside templates, stand
 * for far more nodes than there are; each of them is counted once, so counting takes no longer than what was parsed.
 */
export function expansionCost(chunk: ChunkBytes, nodes: readonly Node[]): number {
  return costOf(chunk, nodes, undefined, EVENT_COST_LIMIT);
}

/** @param budget where to stop counting */
function costOf(chunk: ChunkBytes, nodes: readonly Node[], values: Values | undefined, budget: number): number {
  let cost = 0;
  for (const node of nodes) {
    if (cost > budget) return cost;
    cost += 1 + nodeCost(chunk, node, values, budget - cost);
  }
  return cost;
}

/** What all instances of a template share of their cost, so that most need not be walked through. */
export function templateSize(nodes: readonly Node[]): TemplateSize {
  const uses: number[] = [];
  const fixed = fixedCost(nodes, uses);
  return { fixed, uses: uses.reduce((most, count) => Math.max(most, count), 0) };
}

function nodeCost(chunk: ChunkBytes, node: Node, values: Values | undefined, budget: number): number {
  switch (node.is) {
    case 'element':
      return elementCost(chunk, node, values, budget);
    case 'instance':
      // Only what stands in a template can be reached in many ways.
      return values === undefined ? instanceCost(chunk, node) : known(node, () => instanceCost(chunk, node));
    case 'slot': {
      const embedded = values?.embedded?.get(node.index);
      if (embedded !== undefined) return fragmentCost(chunk, embedded);
      return (values?.places[node.index]?.size ?? 0) >> 2;
    }
    default:
      return node.text.length >> 2;
  }
}

function elementCost(chunk: ChunkBytes, node: ElementNode, values: Values | undefined, budget: number): number {
  let cost = (node.name.length >> 2) + costOf(chunk, node.children, values, budget);
  for (const { name, parts } of node.attributes) {
    cost += 1 + (name.length >> 2) + costOf(chunk, parts, values, budget);
    // An array in an attribute is put into words element by element, and those may be of one byte each.
    for (const part of parts) {
      if (part.is === 'slot' && ((values?.types[part.index] ?? 0) & ARRAY) !== 0)
        cost += values?.places[part.index]?.size ?? 0;
    }
    if (cost > budget) return cost;
  }
  return cost * repetitions(chunk, node, values);
}

/** A quick answer where it is low enough: as if every value stood wherever the most used one does. */
function instanceCost(chunk: ChunkBytes, { template, values }: Instance): number {
  if (!values.hasArrays) {
    let cost = values.size >> 2;
    for (const nodes of values.embedded?.values() ?? []) cost += fragmentCost(chunk, nodes);
    const quick = template.size.fixed + template.size.uses * cost;
    if (quick <= EVENT_COST_LIMIT) return quick;
  }
  return costOf(chunk, template.nodes, values, EVENT_COST_LIMIT);
}

/** BinXML that a value holds; it has no values of its own. */
function fragmentCost(chunk: ChunkBytes, nodes: readonly Node[]): number {
  return known(nodes, () => costOf(chunk, nodes, undefined, EVENT_COST_LIMIT));
}

/** Costs live as long as the nodes they are of, which is as long as their chunk. */
function known(of: Instance | readonly Node[], count: () => number): number {
  const found = COSTS.get(of);
  if (found !== undefined) return found;
  const cost = count();
  COSTS.set(of, cost);
  return cost;
}

function fixedCost(nodes: readonly Node[], uses: number[]): number {
  let cost = 0;
  for (const node of nodes) {
    cost += 1;
    if (node.is === 'slot') uses[node.index] = (uses[node.index] ?? 0) + 1;
    else if (node.is === 'instance') cost += Infinity;
    else if (node.is !== 'element') cost += node.text.length >> 2;
    else {
      cost += (node.name.length >> 2) + fixedCost(node.children, uses);
      for (const { name, parts } of node.attributes) cost += 1 + (name.length >> 2) + fixedCost(parts, uses);
    }
  }
  return cost;
}

const COSTS = new WeakMap<Instance | readonly Node[], number>();
