import type { RuleMeta, Rung, Weight } from '../model/check.ts';
import type { Level, Stage } from '../model/finding.ts';
import { MapReader, quoted } from './map-reader.ts';
import { complain } from './pack-sheet.ts';
import type { Sheet } from './pack-sheet.ts';
import { readId } from './pack-words.ts';

/** What a pack says of one rule. */
export interface DeclaredRule {
  readonly meta: RuleMeta;
  readonly line: number;
}

/** Reads the keys that every rule has which is not written in Sigma; the caller closes the reader. */
export function readRule(reader: MapReader, sheet: Sheet): DeclaredRule {
  const id = readId({ text: reader.text('id'), line: reader.lineOf('id'), what: 'rule id' }, sheet);
  const attack = reader.texts('attack');
  for (const technique of attack) {
    if (/^T\d{4}(?:\.\d{3})?$/.test(technique)) continue;
    complain(
      sheet,
      'P009',
      reader.lineOf('attack'),
      `rule attack: expected a technique such as T1190, found ${quoted(technique)}`,
    );
  }
  const key = reader
    .texts('key')
    .map((kind) => readId({ text: kind, line: reader.lineOf('key'), what: 'rule key' }, sheet));
  return {
    meta: {
      id,
      title: reader.text('title'),
      level: reader.word('level', LEVELS),
      stage: reader.word('stage', STAGES),
      weight: reader.word('weight', WEIGHTS),
      rung: reader.number('rung', { from: 0, to: 9 }) as Rung,
      description: reader.text('description'),
      falsePositives: reader.texts('falsepositives'),
      references: reader.optionalTexts('references'),
      attack,
      key,
    },
    line: reader.line,
  };
}

const LEVELS: readonly [Level, ...Level[]] = ['informational', 'low', 'medium', 'high', 'critical'];
const STAGES: readonly [Stage, ...Stage[]] = ['recon', 'ssrf', 'file-write', 'web-shell', 'post-exploitation', 'other'];
const WEIGHTS: readonly [Weight, ...Weight[]] = ['decisive', 'strong', 'medium', 'weak', 'noise'];
