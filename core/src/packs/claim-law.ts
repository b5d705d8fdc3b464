import type { Rung, Weight } from '../model/check.ts';
import type { ClaimId, Condition } from '../model/claim.ts';
import { closestTo } from './closest-word.ts';
import type { PlacedClaim } from './claim-sheet.ts';
import { quoted } from './map-reader.ts';
import type { KnownRule } from './pack-check.ts';
import { complain } from './pack-sheet.ts';
import type { Sheet } from './pack-sheet.ts';

/** Ways in which one proof can be met; a proof that branches further is a mistake. */
const MAX_WAYS = 256;

/**
 * Rungs of the success ladder that reach a claim (DESIGN §3, DOMAIN §6.1). What proves more also proves that the
 * server was targeted; beyond that each rung speaks for its own claim only. A foreign page (7) proves persisting
 * because it lies there now: see `readsState`.
 */
const RUNGS: Readonly<Record<ClaimId, readonly Rung[]>> = {
  vulnerable: [3, 4, 5, 6],
  targeted: [1, 2, 3, 4, 5, 6],
  exploited: [4, 5, 6, 7],
  'data-accessed': [4],
  implanted: [7],
  operated: [8, 9],
  persisting: [7, 9],
  remediated: [],
};

/** What a rule may prove with no other rule beside it. Hints and noise prove nothing alone. */
const ALONE: Readonly<Record<Weight, 'anything' | readonly ClaimId[]>> = {
  decisive: 'anything',
  strong: ['targeted', 'vulnerable'],
  medium: ['targeted'],
  weak: [],
  noise: [],
};

/** Holds the claims of a pack against its rules and against the law of the judge. */
export function holdToLaw(claims: readonly PlacedClaim[], rules: ReadonlyMap<string, KnownRule>, sheet: Sheet): void {
  for (const claim of claims) {
    // Proofs of a claim that takes none are a complaint already.
    if (RUNGS[claim.spec.claim].length === 0) continue;
    const sound = claim.proofs.filter((proof) => rulesExist(proof.condition, proof.line, rules, sheet));
    for (const { condition, line } of sound) {
      checkKeys(condition, line, rules, sheet);
      for (const way of waysOf(condition)) judgeWay(way, claim.spec.claim, line, rules, sheet);
    }
    if (sound.length > 0 && sound.length === claim.proofs.length) checkPlaceholders(claim, rules, sheet);
  }
}

/** The sets of rules that each meet a condition. */
function waysOf(condition: Condition): readonly ReadonlySet<string>[] {
  if (condition.is === 'rule') return [new Set([condition.rule])];
  if (condition.is === 'any') return condition.of.flatMap(waysOf).slice(0, MAX_WAYS + 1);
  let ways: readonly ReadonlySet<string>[] = [new Set<string>()];
  for (const part of condition.of) {
    ways = ways.flatMap((way) => waysOf(part).map((more) => new Set([...way, ...more]))).slice(0, MAX_WAYS + 1);
  }
  return ways;
}

function judgeWay(
  way: ReadonlySet<string>,
  claim: ClaimId,
  line: number,
  rules: ReadonlyMap<string, KnownRule>,
  sheet: Sheet,
): void {
  const known = [...way].flatMap((id) => rules.get(id) ?? []);
  const reaching = known.filter((rule) => RUNGS[claim].includes(rule.meta.rung));
  const names = [...way].join(' + ');
  if (reaching.length === 0) {
    const rungs = known.map((rule) => rule.meta.rung).join(', ');
    complain(
      sheet,
      'P027',
      line,
      `claim ${claim}: expected a rule of rung ${RUNGS[claim].join(', ')}, found ${names} of rung ${rungs}`,
    );
    return;
  }
  if (!strongEnough(known, reaching, claim)) {
    const weights = known.map((rule) => rule.meta.weight).join(', ');
    complain(sheet, 'P028', line, `claim ${claim}: expected ${needed(claim)}, found ${names} of weight ${weights}`);
  }
  if (claim === 'persisting' && !reaching.some(readsState)) {
    const kinds = [...new Set(reaching.flatMap((rule) => rule.kinds))].join(', ');
    complain(
      sheet,
      'P029',
      line,
      `claim persisting: expected a rule over files or configuration as they are now, found ${names} over ${kinds}`,
    );
  }
}

function strongEnough(known: readonly KnownRule[], reaching: readonly KnownRule[], claim: ClaimId): boolean {
  if (reaching.some((rule) => mayAlone(rule.meta.weight, claim))) return true;
  const speaking = known.filter((rule) => rule.meta.weight !== 'noise');
  const carried = speaking.some((rule) => rule.meta.weight === 'strong' || rule.meta.weight === 'decisive');
  return speaking.length >= 2 && carried && reaching.some((rule) => rule.meta.weight !== 'noise');
}

function mayAlone(weight: Weight, claim: ClaimId): boolean {
  const alone = ALONE[weight];
  return alone === 'anything' || alone.includes(claim);
}

function needed(claim: ClaimId): string {
  if (claim === 'targeted') return 'a rule of weight medium or more';
  if (claim === 'vulnerable') return 'a strong or decisive rule';
  return 'a decisive rule, or a strong one joined with another that is not noise';
}

/** What lies on the disk or stands in the configuration is there at the time of collection; a log line is the past. */
function readsState(rule: KnownRule): boolean {
  return rule.kinds.length > 0 && rule.kinds.every((kind) => kind === 'file' || kind.startsWith('iis.'));
}

function rulesExist(condition: Condition, line: number, rules: ReadonlyMap<string, KnownRule>, sheet: Sheet): boolean {
  if (condition.is !== 'rule') return condition.of.map((part) => rulesExist(part, line, rules, sheet)).every(Boolean);
  if (rules.has(condition.rule)) return true;
  if (condition.rule === '') return false;
  const hint = closestTo(condition.rule, [...rules.keys()]);
  complain(
    sheet,
    'P014',
    line,
    `proof: no rule is called ${quoted(condition.rule)}${hint === undefined ? '' : `, did you mean ${quoted(hint)}`}`,
  );
  return false;
}

/** A rule that folds by another entity mixes several values in one finding, and a join on it would join strangers. */
function checkKeys(condition: Condition, line: number, rules: ReadonlyMap<string, KnownRule>, sheet: Sheet): void {
  if (condition.is === 'rule') return;
  if (condition.is === 'all' && condition.same !== undefined) {
    for (const id of leavesOf(condition)) {
      const keys = rules.get(id)?.meta.key ?? [];
      if (keys.includes(condition.same)) continue;
      complain(
        sheet,
        'P026',
        line,
        `same ${condition.same}: expected it among the key of ${id}, found ${keys.length === 0 ? 'no key' : keys.join(', ')}`,
      );
    }
  }
  for (const part of condition.of) checkKeys(part, line, rules, sheet);
}

/** `{kind}` in the sentence must be an entity that each rule of some proof has; `{since}` is the time of the first. */
function checkPlaceholders(claim: PlacedClaim, rules: ReadonlyMap<string, KnownRule>, sheet: Sheet): void {
  const kinds = new Set(
    claim.proofs.flatMap((p) => leavesOf(p.condition)).flatMap((id) => rules.get(id)?.meta.key ?? []),
  );
  for (const [placeholder, kind = ''] of claim.spec.says.established.matchAll(/\{([^}]*)\}/g)) {
    if (kind === 'since' || kinds.has(kind)) continue;
    const found = kinds.size === 0 ? 'no entity' : [...kinds].join(', ');
    complain(
      sheet,
      'P022',
      claim.establishedLine,
      `says established: ${placeholder} cannot be filled, the proofs fold by ${found}`,
    );
  }
}

function leavesOf(condition: Condition): readonly string[] {
  return condition.is === 'rule' ? [condition.rule] : condition.of.flatMap(leavesOf);
}
