import { HEADLINES_WORST_FIRST } from '../model/claim.ts';
import type { CaseFile } from '../model/case-file.ts';

/** The part of JSON Schema 2020-12 that the case file needs; `schema-check.ts` reads exactly this part. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: JsonType | readonly JsonType[];
  readonly const?: string;
  readonly enum?: readonly (string | null)[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

export type JsonType = 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';

/** ISO 8601 in UTC with `Z`, three or six fraction digits, years as ECMAScript writes them. */
const TIME = /^(\d{4}|[+-]\d{6})-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}(\d{3})?Z$/u;
/** SHA-256 in lower-case hex. */
const SHA256 = /^[0-9a-f]{64}$/u;

/** The only patterns of the schema, as expressions of our own; nothing builds one from a document. */
export const SCHEMA_PATTERNS: ReadonlyMap<string, RegExp> = new Map([TIME, SHA256].map((p) => [p.source, p]));

const text: JsonSchema = { type: 'string' };
const id: JsonSchema = { type: 'string', minLength: 1, maxLength: 1024 };
/** An id that may hold a path of the evidence, which a container makes as long as it likes. */
const placeId: JsonSchema = { type: 'string', minLength: 1, maxLength: 1_048_576 };
const count: JsonSchema = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const time: JsonSchema = { $ref: '#/$defs/time' };
const timeOrNull: JsonSchema = { anyOf: [time, { type: 'null' }] };
const textOrNull: JsonSchema = { type: ['string', 'null'] };
const sha256: JsonSchema = { $ref: '#/$defs/sha256' };
const spans: JsonSchema = list(shape('', { from: time, to: time }));
const headline: JsonSchema = { $ref: '#/$defs/headline' };

const artifact: JsonSchema = shape('One file of the evidence.', {
  id,
  path: { ...text, description: 'Below the evidence root, parts joined by `/`.' },
  container: { ...textOrNull, description: 'Path of the container that the bytes lie in; null for a plain file.' },
  original: { ...textOrNull, description: 'Where the file lay on its server, if that is known.' },
  copyOf: { ...textOrNull, description: 'Id of the first artifact with the same bytes, whose records were counted.' },
  size: count,
  sha256: {
    anyOf: [sha256, { type: 'null' }],
    description: 'Of the bytes that were read; null if it could not be opened.',
  },
  format: { ...textOrNull, description: 'Null where no format recognised the content.' },
  records: count,
  gaps: list(
    shape('What could not be read, and where.', {
      reason: { enum: ['absent', 'unreadable', 'damaged', 'truncated', 'unsupported', 'limit', 'fault'] },
      offset: count,
      length: count,
      says: text,
    }),
  ),
});

const host: JsonSchema = shape('A machine that the evidence speaks of.', {
  id: placeId,
  names: list(text),
  identity: list(shape('', { kind: text, value: text, from: text })),
  product: textOrNull,
  build: textOrNull,
  fixed: {
    type: 'object',
    description: 'For each vulnerability whether the fix is in.',
    additionalProperties: { enum: ['yes', 'no', 'unknown'] },
  },
  asOf: { ...timeOrNull, description: 'The moment the evidence shows; null if it does not say.' },
  isReferencedOnly: { type: 'boolean', description: 'Named by records; its own evidence was not handed in.' },
  roles: list(text),
  builds: list(
    shape('An artefact that speaks of the build.', {
      value: text,
      level: { enum: ['cu', 'su'] },
      rank: count,
      from: text,
      since: timeOrNull,
      until: timeOrNull,
      artifact: id,
    }),
  ),
  exposure: list(
    shape('When the server could be attacked through one vulnerability.', {
      vulnerability: id,
      from: timeOrNull,
      to: timeOrNull,
      says: text,
    }),
  ),
});

const CLAIM: JsonSchema = {
  enum: ['vulnerable', 'targeted', 'exploited', 'data-accessed', 'implanted', 'operated', 'persisting', 'remediated'],
};

const claim: JsonSchema = shape('A sentence that a pack can prove, and the proof.', {
  id: placeId,
  claim: CLAIM,
  campaign: id,
  host: placeId,
  answer: { enum: ['established', 'ruled-out', 'undetermined', 'not-applicable'] },
  says: text,
  window: shape('The time the question is about; open where `to` is null.', { from: time, to: timeOrNull }),
  rests: { ...list(id), description: 'Ids of findings.' },
  seen: list(shape('', { mustSee: id, by: id, spans })),
  unseen: list(shape('', { mustSee: id, title: text, spans, reason: text, why: text, fetch: text })),
});

const finding: JsonSchema = shape('Something that was seen, however often; it does not say what it means.', {
  id,
  rule: id,
  title: text,
  level: { enum: ['informational', 'low', 'medium', 'high', 'critical'] },
  stage: { enum: ['recon', 'ssrf', 'file-write', 'web-shell', 'post-exploitation', 'other'] },
  campaign: id,
  host: placeId,
  count: { ...count, minimum: 1 },
  since: timeOrNull,
  until: timeOrNull,
  entities: list(shape('', { kind: text, value: text })),
  sightings: {
    ...list(
      shape('A run of bytes in one artifact.', {
        artifact: id,
        offset: count,
        length: count,
        sha256,
        at: timeOrNull,
        excerpt: { ...text, maxLength: 400 },
      }),
    ),
    minItems: 1,
  },
});

const coverage: JsonSchema = shape('What was seen of one source or tree on one host.', {
  kind: id,
  host: placeId,
  title: text,
  spans,
  records: count,
  quiet: { type: ['number', 'null'], minimum: 0, description: 'Seconds of silence that end a span; null for trees.' },
  extent: {
    anyOf: [
      shape('How completely a tree was listed.', {
        root: text,
        how: { enum: ['enumerated', 'partial', 'unknown'] },
        asOf: timeOrNull,
        files: count,
      }),
      { type: 'null' },
    ],
  },
  holes: list(shape('A silence of the source.', { from: time, to: time, reason: text })),
  clock: {
    anyOf: [
      shape('How far the clock of the source is off.', { seconds: { type: 'number' }, says: text }),
      { type: 'null' },
    ],
  },
});

const intrusion: JsonSchema = shape('Findings that one thread links.', {
  id,
  campaign: id,
  hosts: list(id),
  says: text,
  since: timeOrNull,
  until: timeOrNull,
  establishes: list(shape('', { claim: CLAIM, host: id, rests: list(id) })),
  steps: list(shape('', { at: timeOrNull, host: id, finding: id, says: text })),
  links: list(shape('', { kind: text, value: text, findings: list(id) })),
  fits: list(text),
  fitsNot: list(text),
});

/**
 * The published schema of `afterpatch.case/1`. The document grows by addition only: every key named here is required,
 * keys not named here are allowed, and a reader leaves alone what it does not know.
 */
export const CASE_SCHEMA: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:afterpatch:case:1',
  title: 'Afterpatch case file',
  ...shape('The one document that an assessment leaves behind.', {
    schema: { const: 'afterpatch.case/1' },
    engine: shape('', { version: text }),
    packs: list(shape('', { id, version: text, digest: id })),
    options: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } },
    inputs: list(shape('What was named for the run.', { name: text, isSnapshot: { type: 'boolean' } })),
    evidence: shape('', { id }),
    artifacts: list(artifact),
    hosts: list(host),
    headline: shape('', { worst: headline, counts: { type: 'object', additionalProperties: count } }),
    verdicts: list(
      shape('One host, one campaign.', { host: placeId, campaign: id, headline, says: text, next: list(text) }),
    ),
    claims: list(claim),
    findings: list(finding),
    coverage: list(coverage),
    intrusions: list(intrusion),
    organisation: shape('All servers together.', { headline, says: text, missing: list(text) }),
    collections: list(
      shape('A package of a collector.', {
        layout: id,
        root: text,
        host: textOrNull,
        collectedAt: timeOrNull,
        failed: count,
        skipped: count,
      }),
    ),
    prior: list(
      shape('What another tool concluded before; nothing rests on it.', {
        tool: text,
        artifact: id,
        offset: count,
        length: count,
        says: text,
      }),
    ),
    limits: list(shape('What a pack knowingly does not do.', { id: placeId, says: text })),
  } satisfies Record<keyof CaseFile, JsonSchema>),
  $defs: {
    time: { type: 'string', pattern: TIME.source },
    sha256: { type: 'string', pattern: SHA256.source },
    headline: { enum: HEADLINES_WORST_FIRST },
  },
};

function shape(description: string, properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const known: JsonSchema = { type: 'object', properties, required: Object.keys(properties) };
  return description === '' ? known : { description, ...known };
}

function list(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}
