import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';

import { assess } from '../core/src/engine/assess.ts';
import { CASE_SCHEMA } from '../core/src/export/case-schema.ts';
import type { CaseClaim, CaseFile } from '../core/src/model/case-file.ts';
import type { EvidenceSource } from '../core/src/model/evidence.ts';
import type { Pack } from '../core/src/model/pack.ts';
import { readCase } from '../core/src/specimen/read-case.ts';
import type { Scenario } from '../core/src/specimen/scenario.ts';
import { specimen } from '../core/src/specimen/specimen.ts';
import { loadPackFolder } from '../cli/src/engine-door.ts';
import { nodeHost } from '../node/src/node-host.ts';
import { storiesHold } from './stories.test-support.ts';

const PACKS = join(import.meta.dirname, '../packs');
const validate = new Ajv2020({ strict: false }).compile(CASE_SCHEMA);

for (const id of readdirSync(PACKS)) {
  const pack = await loadPackFolder(join(PACKS, id));
  const folder = join(PACKS, id, 'cases');
  describe(`the cases of ${id}`, () => {
    for (const file of readdirSync(folder).filter((f) => f.endsWith('.yaml'))) {
      const { trials } = readCase(readFileSync(join(folder, file), 'utf8'), file);
      test.each(trials)(`$name: $says`, async ({ scenario, expect: expected }) => {
        const caseFile = await assessScenario(scenario, pack);
        const answers = Object.fromEntries(caseFile.claims.map((c) => [c.claim, c.answer]));
        expect({ headline: caseFile.headline.worst, claims: answers }, report(caseFile)).toMatchObject({
          headline: expected.headline,
          claims: expected.claims,
        });
        expect(validate(caseFile), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
        mustHold(caseFile);
        storiesHold(caseFile);
      });
    }
  });

  describe(`what ${id} must see`, async () => {
    const clean = readCase(readFileSync(join(folder, 'clean.yaml'), 'utf8'), 'clean.yaml').trials[0].scenario;
    const files = specimen(clean);
    const whole = await assessScenario(clean, pack);
    test.each(pack.mustSees)(
      'without $id no claim that needs it is ruled out, and nothing is called clean',
      async (mustSee) => {
        const fed = new Set(
          mustSee.anyOf.flatMap((need) =>
            need.is === 'source' ? [need.source] : need.is === 'tree' ? [need.tree] : ['build'],
          ),
        );
        const kept = [];
        for (const file of files) if (!(await feedsAny(file, fed, pack))) kept.push(file);
        expect(kept.length).toBeLessThan(files.length);
        const caseFile = await assessFiles(kept, pack);
        const needing = pack.claims.filter((c) => c.mustSee.includes(mustSee.id)).map((c) => c.claim);
        for (const claim of needing) {
          if (claim === 'remediated') continue;
          expect(whole.claims.find((c) => c.claim === claim)?.answer, `${claim} of the whole`).toBe('ruled-out');
          expect(caseFile.claims.find((c) => c.claim === claim)?.answer, claim).toBe('undetermined');
        }
        expect(['no-trace-within-coverage', 'insufficient-evidence']).toContain(caseFile.headline.worst);
      },
    );
  });
}

/** Whether a file alone gives coverage of one of these sources or trees, or proves the build. */
async function feedsAny(
  file: ReturnType<typeof specimen>[number],
  wanted: ReadonlySet<string>,
  pack: Pack,
): Promise<boolean> {
  const { coverage, hosts } = await assessFiles([file], pack);
  if (wanted.has('build') && hosts.some((h) => h.identity.some((i) => /version of|hash of/.test(i.from)))) return true;
  return coverage.some((c) => wanted.has(c.kind) && c.records > 0);
}

/** What is true of every case file, whatever was assessed. */
function mustHold(caseFile: CaseFile): void {
  const findings = new Set(caseFile.findings.map((f) => f.id));
  const artifacts = new Set(caseFile.artifacts.map((a) => a.id));
  expect(findings.size).toBe(caseFile.findings.length);
  expect(artifacts.size).toBe(caseFile.artifacts.length);
  for (const claim of caseFile.claims) {
    for (const id of claim.rests) expect(findings.has(id)).toBe(true);
    if (claim.answer === 'ruled-out') expect(claim.unseen).toEqual([]);
    if (claim.answer === 'established' && claim.claim !== 'vulnerable') expect(claim.rests.length).toBeGreaterThan(0);
  }
  for (const finding of caseFile.findings) {
    expect(finding.sightings.length).toBeGreaterThan(0);
    for (const sighting of finding.sightings) {
      expect(artifacts.has(sighting.artifact)).toBe(true);
      expect(sighting.excerpt.length).toBeLessThanOrEqual(400);
    }
  }
}

export function assessScenario(scenario: Scenario, pack: Pack): Promise<CaseFile> {
  return assessFiles(specimen(scenario), pack);
}

function assessFiles(files: ReturnType<typeof specimen>, pack: Pack): Promise<CaseFile> {
  const source: EvidenceSource = {
    name: 'evidence',
    emptyFolders: () => [],
    async *list() {
      for (const file of files) {
        const bytes = Buffer.concat([...file.pieces()]);
        yield {
          path: file.path,
          size: bytes.length,
          open: () =>
            Promise.resolve({
              size: bytes.length,
              readInto: (at: number, into: Uint8Array) => {
                const part = bytes.subarray(at, at + into.length);
                into.set(part);
                return part.length;
              },
              close: () => Promise.resolve(),
            }),
        };
      }
    },
  };
  return assess(
    { sources: [source], packs: [pack], options: { version: 'test' } },
    nodeHost({
      fault: (where, error) => {
        throw new Error(where, { cause: error });
      },
    }),
  );
}

function report(caseFile: CaseFile): string {
  const findings = caseFile.findings.map(
    (f) =>
      `${f.rule} x${f.count} ${f.entities
        .map((e) => `${e.kind}=${e.value}`)
        .slice(0, 4)
        .join(' ')}`,
  );
  return [...caseFile.claims.map(claimLine), ...findings].join('\n');
}

function claimLine(claim: CaseClaim): string {
  const unseen = claim.unseen.map(
    (u) =>
      `${u.title} ${u.spans
        .map((s) => `${s.from}..${s.to}`)
        .slice(0, 3)
        .join(' ')}`,
  );
  return `${claim.claim}: ${claim.answer} - ${claim.says}${claim.answer === 'undetermined' ? ` [${unseen.join('; ')}]` : ''}`;
}
