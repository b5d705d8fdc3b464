import { expect, test } from 'vitest';

import type { Headline } from '../model/claim.ts';
import { headlineOfAll } from '../verdict/headline.ts';
import { organisationOf } from './organisation.ts';

const NONE = { unjudged: 0, unjudgedWithFindings: 0 };
const host = (name: string, ...headlines: readonly Headline[]) => ({
  id: name.toLowerCase(),
  name,
  headlines,
  isReferencedOnly: false,
});

test('nothing is clear while a server is missing, and nothing bad gets better by it', () => {
  expect(headlineOfAll(['no-trace', 'not-vulnerable'], 0)).toBe('no-trace');
  expect(headlineOfAll(['no-trace'], 1)).toBe('no-trace-within-coverage');
  expect(headlineOfAll(['not-vulnerable'], 1)).toBe('no-trace-within-coverage');
  expect(headlineOfAll(['targeted-not-successful'], 1)).toBe('targeted-not-successful');
  expect(headlineOfAll(['compromised', 'no-trace'], 3)).toBe('compromised');
  expect(headlineOfAll([], 0)).toBe('insufficient-evidence');
});

test('the organisation says who was broken into, who was attacked, who is missing and how to get it', () => {
  const hosts = [host('EX01', 'compromised'), host('EX02', 'no-trace'), host('EX03', 'targeted-not-successful')];
  const { headline, says, missing } = organisationOf(hosts, [{ id: 'ex04', name: 'ex04.contoso.example' }], NONE);
  expect(headline).toBe('compromised');
  expect(says).toBe(
    '3 hosts were assessed; broken into: EX01; attacked: EX03. ex04.contoso.example is named by this evidence as a server of the same organisation and was not handed in: nothing here clears it. Collect the same from it (collect --list says what) and assess all of it in one run.',
  );
  expect(missing).toEqual(['ex04.contoso.example']);
});

test('machines that were not judged keep the organisation from being clear', () => {
  const { headline, says } = organisationOf([host('EX01', 'no-trace')], [], {
    unjudged: 31_500,
    unjudgedWithFindings: 0,
  });
  expect(headline).toBe('no-trace-within-coverage');
  expect(says).toContain('31500 more machines');
  const found = organisationOf([host('EX01', 'no-trace')], [], { unjudged: 300, unjudgedWithFindings: 1 });
  expect(found.headline).toBe('insufficient-evidence');
});

test('of very many servers a sentence names the first', () => {
  const many = Array.from({ length: 3_000 }, (_, i) => ({ id: `ex${i}`, name: `ex${i}` }));
  const { says, missing } = organisationOf([host('EX01', 'no-trace')], many, NONE);
  expect(says.length).toBeLessThan(500);
  expect(missing.length).toBe(3_000);
});
