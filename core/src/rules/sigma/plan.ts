import type { Hit, Interest } from '../../model/check.ts';
import type { Entity } from '../../model/finding.ts';
import type { EvidenceRecord } from '../../model/reading.ts';
import { eventTest } from './event-test.ts';
import type { Clause, Expression, FieldBook } from './expression.ts';
import { bind } from './expression.ts';
import type { FieldReader } from './field-text.ts';
import { fieldReader, fieldText, wholeRecord } from './field-text.ts';
import type { Distance, Needs } from './literal.ts';
import { needAny } from './literal.ts';
import type { Scope } from './logsource.ts';
import type { Extension } from './rule.ts';

/** Kinds whose raw text is the line the values were cut from. */
const LINE_KINDS: ReadonlySet<string> = new Set([
  'http.request',
  'http.proxy',
  'ecp.server',
  'ecp.activity',
  'oab.generator',
  'ews.request',
  'cmdlet.execution',
  'cmdlet.http',
  'message.tracking',
]);
/** Fields that formats compute; what stands in them need not stand in the line. */
const COMPUTED: ReadonlySet<string> = new Set(
  'client status method user request-id canary session tree tree-path back-end-status content'.split(' '),
);
const DECODED: ReadonlySet<string> = new Set(['url', 'anchor-target']);
const LONGEST_ENTITY = 512;

/** A rule bound to one scope of its log source. */
export interface Plan {
  readonly kind: string;
  /** The entities of a hit, `undefined` where the record is none. */
  meet(record: EvidenceRecord): Hit | undefined;
  readonly needs: Needs;
}

export function planFor(scope: Scope, expression: Expression, extension: Extension): Plan {
  const book = bookFor(scope);
  const clause: Clause = bind(expression, book);
  const accepts = scope.event === undefined ? undefined : eventTest(scope.event);
  const entities = entityReaders(extension, book);
  return {
    kind: scope.kind,
    needs: clause.needs,
    meet(record) {
      if (accepts !== undefined && !accepts(record)) return undefined;
      return clause.holds(record) ? { entities: readEntities(record, entities) } : undefined;
    },
  };
}

/** What records can be hits: their kinds, and the literals that all plans agree to need. */
export function interestOf(plans: readonly Plan[]): Interest {
  const kinds = [...new Set(plans.map((plan) => plan.kind))];
  const literals = needAny(plans.map((plan) => plan.needs));
  return literals === undefined ? { kinds } : { kinds, literals };
}

function bookFor(scope: Scope): FieldBook {
  const line = LINE_KINDS.has(scope.kind);
  // The path is the URL again, and further from the line than anything else that keywords are looked for in.
  const keywords = wholeRecord(line ? (field) => isComputed(field) || field === 'url-path' : () => false);
  return {
    reader: (field) => (field === '' ? keywords : (scope.aliases.get(field) ?? fieldReader(field))),
    distance: (field) => (line ? distanceOf(field, scope) : undefined),
  };
}

function distanceOf(field: string, scope: Scope): Distance | undefined {
  if (isComputed(field)) return undefined;
  const alias = scope.aliases.get(field);
  if (alias !== undefined) return alias.distance ?? 'exact';
  if (field === 'url-path') return 'path';
  // Keywords may stand in the decoded URL.
  return field === '' || DECODED.has(field) ? 'decoded' : 'exact';
}

function isComputed(field: string): boolean {
  return COMPUTED.has(field) || field === 'CMD' || field.startsWith('CMD.');
}

interface EntityReader {
  readonly kind: string;
  readonly readers: readonly FieldReader[];
}

/** Key kinds first, in the order of the key; then the others in the order of the rule. */
function entityReaders({ key, entities }: Extension, book: FieldBook): readonly EntityReader[] {
  const kinds = [...key, ...[...entities.keys()].filter((kind) => !key.includes(kind))];
  return kinds.map((kind) => ({ kind, readers: (entities.get(kind) ?? []).map((field) => book.reader(field)) }));
}

function readEntities(record: EvidenceRecord, entities: readonly EntityReader[]): readonly Entity[] {
  const found: Entity[] = [];
  for (const { kind, readers } of entities) {
    for (const reader of readers) {
      const value = fieldText(record, reader).raw.find((text) => text !== '' && text !== '-');
      if (value === undefined) continue;
      found.push({ kind, value: bounded(value) });
      break;
    }
  }
  return found;
}

/** At most 512 UTF-16 code units, and no half of a surrogate pair at the end. */
function bounded(text: string): string {
  if (text.length <= LONGEST_ENTITY) return text;
  const last = text.charCodeAt(LONGEST_ENTITY - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? LONGEST_ENTITY - 1 : LONGEST_ENTITY);
}
