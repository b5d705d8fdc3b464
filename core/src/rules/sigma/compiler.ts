import type { Check } from '../../model/check.ts';
import { Complaints } from '../rule-error.ts';
import type { Attributes } from './attribute.ts';
import { readAttributes, techniquesOf } from './attribute.ts';
import { parseDetection } from './detection.ts';
import type { Expression } from './expression.ts';
import { FOREIGN, readExtension } from './extension.ts';
import type { Scope } from './logsource.ts';
import { scopesOf } from './logsource.ts';
import type { Plan } from './plan.ts';
import { interestOf, planFor } from './plan.ts';
import type { Extension, SigmaResult, SigmaRule } from './rule.ts';
import type { Table, Tree } from './yaml-tree.ts';
import { entryOf, kindOf, readYaml } from './yaml-tree.ts';

/** Largest file of rules, in UTF-8 bytes. */
export const MAX_RULE_FILE: number = 1024 * 1024;

/**
 * Compiles a file of Sigma rules, one in each YAML document. A document with an error gives its errors and no rule; the
 * others are not affected. Nothing is left out without an error.
 *
 * Follows the Sigma specification 2.1 for rules about single events. Correlations, filters, aggregations, time
 * modifiers and placeholders are named errors. Rules with an `afterpatch` block are a pack's own and are read strictly.
 *
 * @param file how the file is called in errors
 */
export function compileSigma(text: string, file: string): SigmaResult {
  const complaints = new Complaints(file);
  const bytes = text.length > MAX_RULE_FILE ? text.length : new TextEncoder().encode(text).length;
  if (bytes > MAX_RULE_FILE) {
    complaints.add('R001', 1, `file has ${bytes} bytes or more, at most ${MAX_RULE_FILE} are read`);
    return { rules: [], errors: complaints.list() };
  }
  const trees = readYaml(text, complaints);
  if (trees.length === 0 && complaints.count === 0) complaints.add('R005', 1, 'file holds no rule');
  const rules: SigmaRule[] = [];
  for (const tree of trees) {
    const rule = compileRule(tree, file, complaints);
    if (rule !== undefined) rules.push(rule);
  }
  return { rules, errors: complaints.list() };
}

function compileRule(tree: Tree, file: string, complaints: Complaints): SigmaRule | undefined {
  if (tree.is !== 'map') {
    complaints.add('R005', tree.line, `a rule must be a map, found ${kindOf(tree)}`);
    return undefined;
  }
  if (isUnsupported(tree, complaints)) return undefined;
  const before = complaints.count;
  const block = entryOf(tree, 'afterpatch');
  const strict = block !== undefined;
  const attributes = readAttributes(tree, complaints, { strict });
  const scopes = attributes === undefined ? undefined : scopesFor(tree, attributes, complaints, strict);
  const expression = readDetection(tree, complaints, { strict });
  const extension = block === undefined ? undefined : readExtension(block, complaints);
  if (complaints.count > before || attributes === undefined || scopes === undefined || expression === undefined)
    return undefined;
  return assemble({ attributes, scopes, expression, extension, file, line: tree.line });
}

function isUnsupported(rule: Table, complaints: Complaints): boolean {
  const correlation = entryOf(rule, 'correlation');
  const filter = entryOf(rule, 'filter');
  const action = entryOf(rule, 'action');
  if (correlation !== undefined) complaints.add('R050', correlation.line, 'correlation rules are not supported');
  else if (filter !== undefined) complaints.add('R051', filter.line, 'filter rules are not supported');
  else if (action !== undefined) complaints.add('R054', action.line, "rule collections ('action') are not supported");
  return correlation !== undefined || filter !== undefined || action !== undefined;
}

function scopesFor(
  rule: Table,
  attributes: Attributes,
  complaints: Complaints,
  strict: boolean,
): readonly Scope[] | undefined {
  const scopes = scopesOf(attributes.logsource, { foreign: !strict });
  if (!('code' in scopes)) return scopes;
  complaints.add(scopes.code, entryOf(rule, 'logsource')?.line ?? rule.line, scopes.says);
  return undefined;
}

function readDetection(rule: Table, complaints: Complaints, options: { strict: boolean }): Expression | undefined {
  const entry = entryOf(rule, 'detection');
  if (entry === undefined) {
    complaints.add('R010', rule.line, "rule has no 'detection'");
    return undefined;
  }
  if (entry.value.is !== 'map') {
    complaints.add('R011', entry.line, `'detection' must be a map, found ${kindOf(entry.value)}`);
    return undefined;
  }
  return parseDetection(entry.value, complaints, options);
}

interface Parts {
  readonly attributes: Attributes;
  readonly scopes: readonly Scope[];
  readonly expression: Expression;
  readonly extension: Extension | undefined;
  readonly file: string;
  readonly line: number;
}

function assemble({ attributes, scopes, expression, extension, file, line }: Parts): SigmaRule {
  const ours = extension ?? FOREIGN;
  const plans = scopes.map((scope) => planFor(scope, expression, ours));
  const { logsource, status, author, license, tags, ...common } = attributes;
  const { id, title, level, description, falsePositives, references } = common;
  const meta: Check['meta'] = {
    id,
    title,
    level,
    description,
    falsePositives,
    references,
    stage: ours.stage,
    weight: ours.weight,
    rung: ours.rung,
    key: ours.key,
    attack: techniquesOf(tags),
  };
  const events = scopes.map((scope) => ({
    channels: scope.event?.channels ?? [],
    eventIds: scope.event?.eventIds ?? [],
  }));
  return {
    ...common,
    status,
    author,
    license,
    tags,
    logsource,
    extension,
    file,
    line,
    check: checkOf(meta, plans),
    keyKinds: ours.key,
    events: scopes.some((scope) => scope.kind === 'windows.event') ? events : [],
  };
}

/** A Sigma rule for single events remembers nothing, so all its watches are one. */
function checkOf(meta: Check['meta'], plans: readonly Plan[]): Check {
  const byKind = new Map<string, Plan[]>();
  for (const plan of plans) byKind.set(plan.kind, [...(byKind.get(plan.kind) ?? []), plan]);
  const watch: ReturnType<Check['watch']> = {
    see(record) {
      for (const plan of byKind.get(record.kind) ?? NO_PLANS) {
        const hit = plan.meet(record);
        if (hit !== undefined) return hit;
      }
      return undefined;
    },
  };
  return { meta, interest: interestOf(plans), watch: () => watch };
}

const NO_PLANS: readonly Plan[] = [];
