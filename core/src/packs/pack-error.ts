/** Every fault a pack can have, by code, with what the code stands for. `docs/pack-errors.md` explains each. */
export const PACK_ERROR_CODES = {
  P001: 'a file of the pack is missing',
  P002: 'not valid YAML',
  P003: 'not UTF-8, or too large',
  P004: 'a file that no pack may hold',
  P005: 'unknown key',
  P006: 'missing key',
  P007: 'wrong type',
  P008: 'defined twice',
  P009: 'malformed name, version or CVE number',
  P010: 'malformed duration',
  P011: 'malformed time',
  P012: 'malformed build',
  P013: 'a word that is not one of the allowed words',
  P014: 'claim names an unknown rule',
  P015: 'must-see names an unknown source or tree',
  P016: 'claim names an unknown must-see',
  P017: 'unknown check or observer',
  P018: 'check or observer refuses what the pack gives it',
  P019: 'Sigma rule does not compile',
  P020: 'malformed pattern, path or indicator',
  P021: 'build table contradicts itself',
  P022: 'missing or unfillable sentence',
  P023: 'claim without must-sees',
  P024: 'claim that is computed has a proof, or one that is not has none',
  P025: 'joined proof joins nothing',
  P026: 'joined by an entity that a rule does not fold by',
  P027: 'law of the judge: no rung of the proof reaches the claim',
  P028: 'law of the judge: the proof is too weak for the claim',
  P029: 'law of the judge: persisting rests on the past only',
  P030: 'unknown product',
  P031: 'malformed place to collect from',
  P032: 'place to collect from begins with an unknown root',
  P033: 'nothing says what to collect',
  P034: 'trait names an unknown rule',
  P035: 'follow rule learns from an unknown rule',
} as const;

export type PackErrorCode = keyof typeof PACK_ERROR_CODES;

/** One fault of a pack: where it stands and what was expected. */
export class PackError extends Error {
  readonly code: PackErrorCode;
  /** Relative to the pack folder. */
  readonly file: string;
  /** Counted from 1; 1 where the fault is the file as a whole. */
  readonly line: number;
  /** Lower case, no full stop: what was expected and what stood there. */
  readonly says: string;

  constructor(code: PackErrorCode, file: string, line: number, says: string) {
    super(`${code} ${file}:${line}: ${says}`);
    this.name = 'PackError';
    this.code = code;
    this.file = file;
    this.line = line;
    this.says = says;
  }
}

/** All faults of a pack, by file and line; a pack with one of them is not used at all. */
export class PackErrors extends Error {
  readonly errors: readonly PackError[];

  constructor(errors: readonly PackError[]) {
    super(errors.map((error) => error.message).join('\n'));
    this.name = 'PackErrors';
    this.errors = errors;
  }
}

/** Collects faults, so that an author sees all of them at once. */
export class Complaints {
  readonly #errors: PackError[] = [];

  add(code: PackErrorCode, file: string, line: number, says: string): void {
    this.#errors.push(new PackError(code, file, line, says));
  }

  /** @throws PackErrors if there was any complaint */
  raise(): void {
    if (this.#errors.length > 0) throw new PackErrors(this.#errors.toSorted(byPlace));
  }
}

function byPlace(a: PackError, b: PackError): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0);
}
