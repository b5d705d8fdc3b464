import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { caseDiff } from '../../core/src/export/case-diff.ts';
import type { CaseDiff } from '../../core/src/export/case-diff.ts';
import { causeParts } from '../../core/src/export/diff-cause-text.ts';
import { diffText } from '../../core/src/export/diff-text.ts';
import { explainClaim } from '../../core/src/export/explanation.ts';
import type { CaseClaim, CaseFile } from '../../core/src/model/case-file.ts';
import { readCase } from '../../core/src/specimen/read-case.ts';
import { specimen } from '../../core/src/specimen/specimen.ts';
import { assessed, evidenceOf, PACK, PACK_FOLDER } from '../../tools/evidence.test-support.ts';
import { describe, expect, test } from 'vitest';

const FOLDER = join(PACK_FOLDER, 'cases');
const NAMES = readdirSync(FOLDER).flatMap((file) => (file.endsWith('.yaml') ? [file.slice(0, -5)] : []));

/** The one fact in which a twin differs, as its case spells it out in `differs`: the answer it decides, and the cause. */
const DECISIVE: Readonly<Record<string, readonly [claim: string, cause: RegExp]>> = {
  // Nobody removed it.
  'removed-by-somebody': [
    'persisting',
    /^Only the second case has .*rule web-shell-content\).*Kq7TzB3n\.aspx, byte 0: the first case does not have this file/,
  ],
  // All files of the update were in, so the same attempt was refused.
  'attacked-after-a-half-update': [
    'vulnerable',
    /Only the first case states the build 15\.1\.2176\.2 by .*frontendhttpproxy\.dll/i,
  ],
  // The setup log shows that the server was installed in December from a vulnerable cumulative update.
  'built-from-later-update': [
    'vulnerable',
    /Only the second case states the build .*15\.1\.2176\.2 by ExchangeSetup\.log/,
  ],
  // The page under that name and date holds nothing but a notice.
  'back-dated-page': [
    'implanted',
    /^Only the first case has .*rule web-shell-content\).*fexppwd\.aspx, byte 0: in the second case this file has other bytes/,
  ],
  // The log of the back end was not handed over.
  clean: ['exploited', /^Missing in the second case, seen in the first: Requests at the back end, 2021-01-01 to /],
  // The process was started five hours later.
  'export-in-local-time': [
    'operated',
    /^Both cases have .*rule exchange-worker-shell\): the first 1 time, (\S+)T(\d\d):.*, the second 1 time, \1T(?!\2)/,
  ],
  // The configuration has no such directory.
  'folder-served-from-elsewhere': [
    'persisting',
    /^Only the first case has .*rule iis-directory-open-folder\).*applicationHost\.config/,
  ],
  // It is as it was shipped.
  'genuine-page-altered': ['implanted', /^Only the first case has .*rule served-page-altered\).*logon\.aspx/],
  // The export begins in February.
  'quiet-export': [
    'exploited',
    /^Missing in the second case, seen in the first: Changes of the .*, 2021-01-01 to 2021-02-0/,
  ],
  // The three weeks were found on the backup and are there.
  'three-weeks-missing': [
    'targeted',
    /^Missing in the first case, seen in the second: .*front end, 2021-02-0\d to 2021-02-2\d/,
  ],
  // The cumulative update after that one brought the fix along.
  'upgraded-to-an-open-build': ['vulnerable', /The build was 15\.1\.2176\.2, is 15\.1\.2242\.4\./],
};

/** All cases take minutes; those whose one fact is spelt out stand for them. */
const ALL = process.env['AFTERPATCH_CASES'] === 'all';
const RUN = NAMES.filter((name) => ALL || name in DECISIVE);
if (!ALL)
  console.info(
    `${NAMES.length - RUN.length} of ${NAMES.length} cases are left out; AFTERPATCH_CASES=all takes them in`,
  );

describe.each(RUN)('the case %s', (name) => {
  test('is explained claim by claim, and what differs in its twins is told', async () => {
    const { trials } = readCase(readFileSync(join(FOLDER, `${name}.yaml`), 'utf8'), `${name}.yaml`);
    const cases: CaseFile[] = [];
    for (const { scenario } of trials) {
      const files = new Map(specimen(scenario).map((file) => [file.path, Buffer.concat([...file.pieces()])]));
      cases.push(await assessed(evidenceOf('evidence', files)));
    }
    for (const caseFile of cases) for (const claim of caseFile.claims) mustExplain(caseFile, claim);
    const [first, twin, ...others] = cases;
    if (first === undefined || twin === undefined) throw new Error('every case has a twin');
    for (const other of [twin, ...others]) mustCompare(first, other);
    const decisive = DECISIVE[name];
    if (decisive === undefined) return;
    const [claim, cause] = decisive;
    const changes = caseDiff(first, twin).servers.shown.flatMap((server) => server.claims);
    const causes = changes.find((c) => c.claim === claim)?.causes.shown.filter((c) => c.decides) ?? [];
    const told = causes.map((c) =>
      causeParts(c)
        .map((part) => (typeof part === 'string' ? part : part.text))
        .join(''),
    );
    expect(told).toEqual(expect.arrayContaining([expect.stringMatching(cause)]));
  }, 180_000);
});

test('every twin whose fact is spelt out is a case', () => {
  expect(NAMES).toEqual(expect.arrayContaining(Object.keys(DECISIVE)));
});

function mustExplain(caseFile: CaseFile, claim: CaseClaim): void {
  const text = explainClaim(caseFile, claim, { width: 10_000, colour: false, pack: PACK });
  const told = `${claim.claim}: ${claim.answer}\n${text}`;
  if (claim.answer === 'established') {
    const found = claim.rests.map((id) => caseFile.findings.find((f) => f.id === id)!);
    const sighting = found[0]?.sightings[0];
    // Only the state of the build is established without a finding, and then by a file that states it.
    if (sighting === undefined) {
      expect(claim.claim).toBe('vulnerable');
      expect(text, told).toMatch(/• Build \d+\.\d+\.\d+.*, by .*\(?C\//);
    } else {
      expect(text, told).toContain(`byte ${sighting.offset}, `);
      expect(text, told).toContain(sighting.sha256);
      // How they prove it is told, and from what the case holds.
      expect(text, told).toMatch(/proves? it alone\.|Findings [\d, ]+ and \d+ together: /);
    }
    expect(text, told).not.toContain('the case does not hold');
  } else if (claim.answer === 'undetermined') {
    const reasons = text.slice(text.indexOf('WHY THIS ANSWER'), text.indexOf('THE TIME IN QUESTION'));
    const signs = claim.rests.map((id) => caseFile.findings.find((f) => f.id === id)!.title);
    const named = [...claim.unseen.map((u) => u.title), ...signs].filter((title) => reasons.includes(title));
    // One look proves no repair; and what is established may speak for it without a finding of its own.
    const isOtherwise = claim.claim === 'remediated' || reasons.includes('what is established speaks for it');
    expect(named.length > 0 || isOtherwise, told).toBe(true);
    for (const unseen of claim.unseen) {
      expect(reasons, told).toContain(unseen.title);
      expect(text, told).toContain(unseen.fetch);
    }
    expect(text, told).not.toContain('the case names nothing that speaks for it');
    expect(text, told).not.toMatch(/proves? it alone\.| together: /);
  } else if (claim.answer === 'ruled-out') {
    const asked = PACK.claims.find((c) => c.claim === claim.claim)!.mustSee;
    expect(asked.length).toBeGreaterThan(0);
    for (const id of asked) {
      const { title } = PACK.mustSees.find((m) => m.id === id)!;
      expect(text, told).toContain(`• ${title}: seen (${id})`);
      expect(text.slice(0, text.indexOf('THE TIME IN QUESTION')), told).toContain(title);
    }
    expect(text, told).not.toContain('NOT SEEN');
  }
}

/** In both directions: whatever answer changed, something that decides it is named, or that the cases do not hold it. */
function mustCompare(a: CaseFile, b: CaseFile): void {
  for (const [first, second] of [
    [a, b],
    [b, a],
  ] as const) {
    const diff = caseDiff(first, second);
    const text = comparison(diff);
    expect(diff).toMatchObject({ isChanged: true, differs: { evidence: true, packs: false, engine: false } });
    expect(text).toContain('Only the evidence differs, so that is why.');
    for (const { claims } of diff.servers.shown) {
      for (const { claim, causes } of claims) {
        const deciding = causes.shown.filter((cause) => cause.decides);
        expect(deciding.length, `${claim}\n${text}`).toBeGreaterThan(0);
      }
    }
    for (const change of diff.servers.shown.flatMap((server) => server.claims))
      expect(text).toMatch(new RegExp(`(^|[ ,])${change.claim}(, [a-z, -]+)?: (each )?was`, 'm'));
  }
}

function comparison(diff: CaseDiff): string {
  return diffText(diff, { width: 10_000, colour: false, names: { first: 'case', second: 'twin' } });
}
