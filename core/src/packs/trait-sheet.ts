import type { Micros } from '../model/evidence.ts';
import type { TraitSpec, TraitTest } from '../model/pack.ts';
import { closestTo } from './closest-word.ts';
import { MapReader, quoted } from './map-reader.ts';
import { complain } from './pack-sheet.ts';
import type { Located, Sheet } from './pack-sheet.ts';
import { readDuration, readId } from './pack-words.ts';

/**
 * Reads `traits.yaml`: how intruders of the campaign differ from each other.
 *
 * @param rules ids of the pack's rules; a trait that names another is a fault
 */
export function readTraits(root: Located | undefined, sheet: Sheet, rules: readonly string[]): readonly TraitSpec[] {
  const reader = new MapReader(root, 'traits', sheet);
  const lines = new Map<string, number>();
  const traits = reader.list('traits').map((node) => {
    const trait = readTrait(node, { sheet, rules });
    const before = lines.get(trait.id);
    if (before !== undefined)
      complain(sheet, 'P008', node.line, `trait: ${quoted(trait.id)} already stands on line ${before}`);
    if (trait.id !== '') lines.set(trait.id, before ?? node.line);
    return trait;
  });
  reader.close();
  return traits;
}

interface Knowing {
  readonly sheet: Sheet;
  readonly rules: readonly string[];
}

function readTrait(node: Located, knowing: Knowing): TraitSpec {
  const reader = new MapReader(node, 'trait', knowing.sheet);
  const id = readId({ text: reader.text('id'), line: reader.lineOf('id'), what: 'trait id' }, knowing.sheet);
  const says = { fits: reader.text('fits'), fitsNot: reader.text('fits-not') };
  const test = readTest(reader, node, knowing);
  const asks = reader.has('asks') ? rulesAt(reader, 'asks', knowing) : asksOf(test);
  if (!reader.has('asks')) reader.optionalList('asks');
  if ((test.is === 'seen' || test.is === 'unseen') && !reader.has('asks')) {
    const says = `trait ${id}: missing key "asks", without it the trait would be asked of no story or of every one`;
    complain(knowing.sheet, 'P006', reader.line, says);
  }
  reader.close();
  return { id, ...says, asks, test };
}

/** What a story must have for the test to say anything, unless the pack asks for more. */
function asksOf(test: TraitTest): readonly string[] {
  if (test.is === 'order') return test.steps.at(-1) ?? [];
  return test.is === 'pause' ? test.from : test.rules;
}

function readTest(reader: MapReader, node: Located, knowing: Knowing): TraitTest {
  const { sheet } = knowing;
  const forms = ['seen', 'unseen', 'value', 'order', 'pause'].filter((form) => reader.has(form));
  if (node.is === 'map' && forms.length !== 1) {
    const found = forms.length === 0 ? 'none' : forms.join(' and ');
    complain(sheet, 'P006', node.line, `trait: expected one of seen, unseen, value, order, pause, found ${found}`);
  }
  for (const form of forms.slice(1)) reader.node(form);
  if (forms[0] === 'value') return readValue(reader.map('value', 'trait value'), knowing);
  if (forms[0] === 'order') {
    const order = reader.map('order', 'trait order');
    const steps = order.list('steps').map((step) => rulesOf(step, 'trait order steps', knowing));
    if (steps.length < 2)
      complain(sheet, 'P025', order.lineOf('steps'), `trait order: expected at least two steps, found ${steps.length}`);
    const within = durationAt(order, 'within', sheet);
    order.close();
    return { is: 'order', steps, within };
  }
  if (forms[0] === 'pause') {
    const pause = reader.map('pause', 'trait pause');
    const isLimit = pause.has('at-most');
    if (isLimit && pause.has('at-least'))
      complain(sheet, 'P006', pause.line, 'trait pause: expected one of at-least, at-most, found both');
    const test: TraitTest = {
      is: 'pause',
      from: rulesAt(pause, 'from', knowing),
      to: rulesAt(pause, 'to', knowing),
      length: durationAt(pause, isLimit ? 'at-most' : 'at-least', sheet),
      isLimit,
    };
    pause.optionalText('at-least');
    pause.close();
    return test;
  }
  const is = forms[0] === 'unseen' ? 'unseen' : 'seen';
  return { is, rules: reader.has(is) ? rulesAt(reader, is, knowing) : [] };
}

function readValue(value: MapReader, knowing: Knowing): TraitTest {
  const { sheet } = knowing;
  const kind = readId({ text: value.text('kind'), line: value.lineOf('kind'), what: 'trait value kind' }, sheet);
  const like = value.texts('like');
  const unlike = value.optionalTexts('unlike');
  for (const pattern of [...like, ...unlike]) {
    if (pattern.length <= LONGEST_PATTERN && /[^*]/.test(pattern)) continue;
    complain(
      sheet,
      'P020',
      value.lineOf('like'),
      `trait value like: expected a text of at most ${LONGEST_PATTERN} signs that is more than "*", found ${quoted(pattern.slice(0, 40))}`,
    );
  }
  if (like.length === 0)
    complain(sheet, 'P020', value.lineOf('like'), 'trait value like: expected at least one pattern');
  const test: TraitTest = { is: 'value', rules: rulesAt(value, 'of', knowing), kind, like, unlike };
  value.close();
  return test;
}

function durationAt(reader: MapReader, key: string, sheet: Sheet): Micros {
  return readDuration({ text: reader.text(key), line: reader.lineOf(key), what: `trait ${key}` }, sheet);
}

function rulesAt(reader: MapReader, key: string, knowing: Knowing): readonly string[] {
  const ids = reader.texts(key);
  checkRules(ids, reader.lineOf(key), `trait ${key}`, knowing);
  return ids;
}

function rulesOf(node: Located, what: string, knowing: Knowing): readonly string[] {
  const each = node.is === 'list' ? node.of : [node];
  const ids = each.map((one) => (one.is === 'scalar' ? String(one.value) : ''));
  checkRules(ids, node.line, what, knowing);
  return ids;
}

function checkRules(ids: readonly string[], line: number, what: string, { sheet, rules }: Knowing): void {
  if (ids.length === 0) complain(sheet, 'P020', line, `${what}: expected at least one rule`);
  for (const id of ids) {
    if (id === '' || rules.includes(id)) continue;
    const hint = closestTo(id, rules);
    const asked = hint === undefined ? '' : `, did you mean ${quoted(hint)}`;
    complain(sheet, 'P034', line, `${what}: no rule is called ${quoted(id)}${asked}`);
  }
}

const LONGEST_PATTERN = 200;
