import { attributeText, hasValue, plainText } from './elements.ts';
import { UNNAMED, hasText, isNamespace, systemField } from './event-fields.ts';
import type { ElementNode, Node, Part, Values } from './nodes.ts';
import { ARRAY, BINARY_XML } from './values.ts';
import type { ChunkBytes } from './values.ts';

/**
 * Where in a template the fields of a section stand, so that one value can be read without the others. Only for
 * sections whose every field is one text; what is put in by a record may still be an array or BinXML, see `suits`.
 */
export interface FieldPlan {
  readonly fields: ReadonlyMap<string, PlannedField>;
  readonly slots: ReadonlySet<number>;
}

interface PlannedField {
  readonly is: 'attribute' | 'text';
  readonly parts: readonly Part[];
  readonly dependency: number;
}

/** The fields of a section of one record, by its plan; gives what `systemFields` and `bodyFields` give. */
export class PlannedFields {
  readonly #chunk: ChunkBytes;
  readonly #plan: FieldPlan;
  readonly #values: Values;

  constructor(chunk: ChunkBytes, plan: FieldPlan, values: Values) {
    this.#chunk = chunk;
    this.#plan = plan;
    this.#values = values;
  }

  get(name: string): string | undefined {
    const field = this.#plan.fields.get(name);
    if (field === undefined || !this.#stands(field)) return undefined;
    const { is, parts } = field;
    return is === 'attribute'
      ? attributeText(this.#chunk, parts, this.#values)
      : plainText(this.#chunk, parts, this.#values);
  }

  names(): string[] {
    const names: string[] = [];
    for (const [name, field] of this.#plan.fields) {
      const isGiven =
        field.is === 'text' ||
        field.parts.every((part) => part.is === 'text' || !part.optional || hasValue(this.#values, part.index));
      if (isGiven && this.#stands(field)) names.push(name);
    }
    return names;
  }

  #stands({ dependency }: PlannedField): boolean {
    return dependency < 0 || hasValue(this.#values, dependency);
  }
}

/** The plan of a template's `<System>`; `undefined` where it is not as simple as Windows makes it. */
export function systemPlan(system: ElementNode): FieldPlan | undefined {
  return known(system, () => {
    const draft = new PlanDraft();
    for (const element of system.children) {
      if (element.is !== 'element') return undefined;
      const { name, dependency } = element;
      for (const attribute of element.attributes) {
        if (isNamespace(attribute.name)) continue;
        draft.add(systemField(name, attribute.name), { is: 'attribute', parts: attribute.parts, dependency });
      }
      if (hasText(name)) draft.addText(name, element);
    }
    return draft.plan();
  });
}

/** The plan of a template's `<EventData>` of named values; `undefined` for any other. */
export function eventDataPlan(section: ElementNode): FieldPlan | undefined {
  return known(section, () => {
    const draft = new PlanDraft();
    if (section.name !== 'EventData' || section.attributes.some(({ name }) => !isNamespace(name))) return undefined;
    for (const element of section.children) {
      if (element.is !== 'element' || element.name !== 'Data') return undefined;
      const parts = element.attributes.find((attribute) => attribute.name === 'Name')?.parts ?? [];
      const [first] = parts;
      if (parts.length !== 1 || first?.is !== 'text' || first.text === '' || first.text === UNNAMED) return undefined;
      draft.addText(first.text, element);
    }
    return draft.plan();
  });
}

/** Whether the values that a record puts in leave every field one text. */
export function suits(plan: FieldPlan, values: Values): boolean {
  if (values.hasArrays) return false;
  for (const index of values.embedded?.keys() ?? []) if (plan.slots.has(index)) return false;
  return true;
}

class PlanDraft {
  readonly #fields = new Map<string, PlannedField>();
  readonly #slots = new Set<number>();
  #isSimple = true;

  add(name: string, field: PlannedField): void {
    if (this.#fields.has(name)) this.#isSimple = false;
    this.#fields.set(name, field);
    for (const part of field.parts) {
      if (part.is !== 'slot') continue;
      if ((part.type & ARRAY) !== 0 || part.type === BINARY_XML) this.#isSimple = false;
      this.#slots.add(part.index);
    }
  }

  addText(name: string, element: ElementNode): void {
    const parts = element.children.filter(isPart);
    if (parts.length < element.children.length) this.#isSimple = false;
    this.add(name, { is: 'text', parts, dependency: element.dependency });
  }

  plan(): FieldPlan | undefined {
    return this.#isSimple ? { fields: this.#fields, slots: this.#slots } : undefined;
  }
}

function isPart(node: Node): node is Part {
  return node.is === 'text' || node.is === 'slot';
}

/** Plans live as long as the template they are of, which is as long as its chunk. */
function known(section: ElementNode, make: () => FieldPlan | undefined): FieldPlan | undefined {
  const found = PLANS.get(section);
  if (found !== undefined || PLANS.has(section)) return found;
  const plan = make();
  PLANS.set(section, plan);
  return plan;
}

const PLANS = new WeakMap<ElementNode, FieldPlan | undefined>();
