import type { Place } from './values.ts';

/** BinXML as it was parsed: substitutions stand as slots, so a template is parsed once and shared by its records. */
export type Node = ElementNode | Part | InstructionNode | Instance;
export type Part = TextNode | Slot;

export interface ElementNode {
  readonly is: 'element';
  readonly name: string;
  /** The substitution on which the whole element depends: without a value there is no element. -1 for none. */
  readonly dependency: number;
  readonly attributes: readonly AttributeNode[];
  readonly children: readonly Node[];
  /** Written `<a/>`, not `<a></a>`. */
  readonly selfClosed: boolean;
}

export interface AttributeNode {
  readonly name: string;
  readonly parts: readonly Part[];
}

export interface TextNode {
  readonly is: 'text';
  readonly text: string;
}

/** A substitution: the place in a template where a record puts a value of its own. */
export interface Slot {
  readonly is: 'slot';
  readonly index: number;
  /** The template's expectation; the record's own type counts. */
  readonly type: number;
  readonly optional: boolean;
}

/** A processing instruction. */
export interface InstructionNode {
  readonly is: 'instruction';
  readonly target: string;
  readonly text: string;
}

/** A template and the values that one record puts into it. */
export interface Instance {
  readonly is: 'instance';
  readonly template: Template;
  readonly values: Values;
}

export interface Template {
  readonly nodes: readonly Node[];
  /** The first four bytes of its GUID, which every instance repeats. */
  readonly identity: number;
  readonly size: TemplateSize;
}

export interface TemplateSize {
  /** Its nodes, and one more for every four characters in them. */
  readonly fixed: number;
  /** In how many places the value stands that stands in most. */
  readonly uses: number;
}

/** The substitution array of one template instance, MS-EVEN6 2.2.12 TemplateInstanceData. */
export interface Values {
  /** Bytes of all values together. */
  readonly size: number;
  readonly hasArrays: boolean;
  readonly types: readonly number[];
  readonly places: readonly Place[];
  /** Parsed content of those values that are BinXML themselves. */
  readonly embedded: ReadonlyMap<number, readonly Node[]> | undefined;
}
