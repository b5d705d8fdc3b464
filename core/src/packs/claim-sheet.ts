import type { ClaimId, Condition } from '../model/claim.ts';
import type { ClaimSpec } from '../model/pack.ts';
import { MapReader, quoted } from './map-reader.ts';
import { complain } from './pack-sheet.ts';
import type { Located, Sheet } from './pack-sheet.ts';
import { readDuration, readId } from './pack-words.ts';

/** A claim with the lines its faults are reported at. */
export interface PlacedClaim {
  readonly spec: ClaimSpec;
  readonly line: number;
  readonly proofs: readonly PlacedProof[];
  readonly establishedLine: number;
  readonly mustSees: readonly { readonly id: string; readonly line: number }[];
}

export interface PlacedProof {
  readonly condition: Condition;
  readonly line: number;
}

/** Claims whose answer is computed from builds or from two states of a server, not read off findings. */
const COMPUTED: ReadonlySet<ClaimId> = new Set<ClaimId>(['vulnerable', 'remediated']);

/** Reads `claims.yaml`. Whether the rules exist and may prove the claim is asked later: see claim-law.ts. */
export function readClaims(root: Located | undefined, sheet: Sheet): readonly PlacedClaim[] {
  const reader = new MapReader(root, 'claims', sheet);
  const claims: PlacedClaim[] = [];
  for (const node of reader.list('claims')) {
    const claim = readClaim(node, sheet);
    const before = claims.find((c) => c.spec.claim === claim.spec.claim);
    if (before !== undefined)
      complain(sheet, 'P008', claim.line, `claim: ${quoted(claim.spec.claim)} already stands on line ${before.line}`);
    claims.push(claim);
  }
  reader.close();
  return claims;
}

function readClaim(node: Located, sheet: Sheet): PlacedClaim {
  const reader = new MapReader(node, 'claim', sheet);
  const claim = reader.word('claim', CLAIMS);
  const says = reader.map('says', 'says');
  const sentences = {
    established: sentence(says, 'established', sheet),
    ruledOut: sentence(says, 'ruled-out', sheet),
    undetermined: sentence(says, 'undetermined', sheet),
    notApplicable: sentence(says, 'not-applicable', sheet),
  };
  says.close();
  const proofs = reader
    .optionalList('proofs')
    .map((each) => ({ condition: readCondition(each, sheet), line: each.line }));
  const mustSees = reader
    .optionalList('must-see')
    .map((each) => ({ id: each.is === 'scalar' ? String(each.value) : '', line: each.line }));
  const spec: ClaimSpec = {
    claim,
    question: reader.text('question'),
    says: sentences,
    proofs: proofs.map((p) => p.condition),
    mustSee: mustSees.map((m) => m.id),
  };
  reader.close();
  if (mustSees.length === 0 && claim !== 'remediated') {
    complain(
      sheet,
      'P023',
      reader.line,
      `claim ${claim}: expected at least one must-see, without one it would be ruled out by looking at nothing`,
    );
  }
  if (claim === 'remediated' && proofs.length > 0) {
    complain(
      sheet,
      'P024',
      reader.lineOf('proofs'),
      'claim remediated: expected no proofs, it is computed from two states of the server',
    );
  }
  if (!COMPUTED.has(claim) && proofs.length === 0) {
    complain(sheet, 'P024', reader.line, `claim ${claim}: expected at least one proof, it could never be established`);
  }
  return { spec, line: reader.line, proofs, establishedLine: says.lineOf('established'), mustSees };
}

function sentence(says: MapReader, key: string, sheet: Sheet): string {
  const text = says.optionalText(key);
  if (text === undefined) {
    complain(sheet, 'P022', says.line, `says: missing sentence ${quoted(key)}`);
    return '';
  }
  if (key !== 'established') {
    for (const [placeholder] of text.matchAll(/\{[^}]*\}/g)) {
      complain(
        sheet,
        'P022',
        says.lineOf(key),
        `says ${key}: ${placeholder} cannot be filled, only the sentence of an established claim has a proof`,
      );
    }
  }
  return text;
}

function readCondition(node: Located, sheet: Sheet): Condition {
  const reader = new MapReader(node, 'proof', sheet);
  const forms = ['rule', 'all', 'any'].filter((form) => reader.has(form));
  if (node.is === 'map' && forms.length !== 1) {
    complain(
      sheet,
      'P006',
      node.line,
      `proof: expected one of rule, all, any, found ${forms.length === 0 ? 'none' : forms.join(' and ')}`,
    );
  }
  if (forms.length !== 1) return { is: 'rule', rule: '' };
  if (reader.has('all')) return readAll(reader, sheet);
  if (reader.has('any')) {
    const of = reader.list('any').map((each) => readCondition(each, sheet));
    if (of.length < 2)
      complain(sheet, 'P025', reader.lineOf('any'), `any: expected at least two conditions, found ${of.length}`);
    reader.close();
    return { is: 'any', of };
  }
  const rule = reader.text('rule');
  reader.close();
  return { is: 'rule', rule };
}

function readAll(reader: MapReader, sheet: Sheet): Condition {
  const of = reader.list('all').map((each) => readCondition(each, sheet));
  const same = reader.optionalText('same');
  const within = reader.optionalText('within');
  reader.close();
  if (of.length < 2)
    complain(sheet, 'P025', reader.lineOf('all'), `all: expected at least two conditions, found ${of.length}`);
  if (same === undefined && within === undefined) {
    complain(
      sheet,
      'P025',
      reader.lineOf('all'),
      'all: expected same or within, without them two strangers on one server are joined',
    );
  }
  return {
    is: 'all',
    of,
    same: same === undefined ? undefined : readId({ text: same, line: reader.lineOf('same'), what: 'all same' }, sheet),
    within:
      within === undefined
        ? undefined
        : readDuration({ text: within, line: reader.lineOf('within'), what: 'all within' }, sheet),
  };
}

const CLAIMS: readonly [ClaimId, ...ClaimId[]] = [
  'vulnerable',
  'targeted',
  'exploited',
  'data-accessed',
  'implanted',
  'operated',
  'persisting',
  'remediated',
];
