import { repetitions } from './elements.ts';
import type { Instance, Node, TemplateSize, Values } from './nodes.ts';
import type { ChunkBytes } from './values.ts';

/**
 * What an expansion would cost at most: its nodes, and one more for every four characters or bytes in them. A small
 * record can ask for much, by a large template, a value that stands in many places, or arrays in arrays.
 *
 * @param budget where to stop counting
 */
export function expansionCost(
  chunk: ChunkBytes,
  nodes: readonly Node[],
  values: Values | undefined,
  budget: number,
): number {
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
    case 'element': {
      let cost = (node.name.length >> 2) + expansionCost(chunk, node.children, values, budget);
      for (const { name, parts } of node.attributes) {
        cost += 1 + (name.length >> 2) + expansionCost(chunk, parts, values, budget);
      }
      return cost * repetitions(chunk, node, values);
    }
    case 'instance': {
      const quick = instanceCost(chunk, node, budget);
      return quick <= budget ? quick : expansionCost(chunk, node.template.nodes, node.values, budget);
    }
    case 'slot': {
      const embedded = values?.embedded?.get(node.index);
      if (embedded !== undefined) return expansionCost(chunk, embedded, undefined, budget);
      return (values?.places[node.index]?.size ?? 0) >> 2;
    }
    default:
      return node.text.length >> 2;
  }
}

/** The same, or more than that: as if every value stood wherever the most used one does. */
function instanceCost(chunk: ChunkBytes, { template, values }: Instance, budget: number): number {
  if (values.hasArrays) return Infinity;
  let cost = values.size >> 2;
  for (const nodes of values.embedded?.values() ?? []) cost += expansionCost(chunk, nodes, undefined, budget);
  return template.size.fixed + template.size.uses * cost;
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
