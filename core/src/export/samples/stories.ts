import type { CaseFile, CaseIntrusion } from '../../model/case-file.ts';
import { backdoorPresent } from './cases.ts';
import { CAMPAIGN, host, requested, SHELL, ssrf, written } from './parts.ts';

const breakIn: CaseIntrusion = {
  id: 'i-6481656c9adca33f',
  campaign: CAMPAIGN,
  hosts: [host.id],
  says: '2021-03-03T04:11:05Z to 2021-03-03T04:13:02Z: somebody from 86.105.18.116 got in through these vulnerabilities, placed a web shell and used it or ran commands.',
  since: '2021-03-03T04:11:05.000Z',
  until: '2021-03-03T04:13:02.000Z',
  establishes: [
    { claim: 'exploited', host: host.id, rests: [ssrf.id] },
    { claim: 'operated', host: host.id, rests: [written.id, requested.id] },
  ],
  steps: [
    { at: '2021-03-03T04:11:05.000Z', host: host.id, finding: ssrf.id, says: 'Session of an administrator minted by a forged request (86.105.18.116)' },
    { at: '2021-03-03T04:13:02.000Z', host: host.id, finding: requested.id, says: `Page in aspnet_client answered a POST (${SHELL}), 4 times` },
    { at: null, host: host.id, finding: written.id, says: `Virtual directory written to a page, with a script in it (${SHELL})` },
  ],
  links: [
    { kind: 'address', value: '86.105.18.116', findings: [ssrf.id, requested.id] },
    { kind: 'path', value: SHELL, findings: [requested.id, written.id] },
    { kind: 'time', value: '2021-03-03T04:13:02.000Z', findings: [ssrf.id, requested.id] },
  ],
  fits: ['The forged name reads a]@server:444/, as in the scripts that were seen from the end of February 2021 on'],
  fitsNot: ['No mail was seen to be read through forged requests', 'No scheduled task named Winnet was seen'],
};

const attempt: CaseIntrusion = {
  id: 'i-9d33356ad9301932',
  campaign: CAMPAIGN,
  hosts: [host.id],
  says: '2021-03-05T10:36:41Z: somebody from 198.51.100.23 tried to attack and had forged requests answered.',
  since: '2021-03-05T10:36:41.000Z',
  until: '2021-03-05T10:36:41.000Z',
  establishes: [{ claim: 'targeted', host: host.id, rests: [ssrf.id] }],
  steps: [{ at: '2021-03-05T10:36:41.000Z', host: host.id, finding: ssrf.id, says: 'Forged request of a public scanner' }],
  links: [{ kind: 'address', value: '198.51.100.23', findings: [ssrf.id] }],
  fits: [],
  fitsNot: [],
};

/** A break-in and an attempt, told one by one. */
export const twoStories: CaseFile = { ...backdoorPresent, intrusions: [breakIn, attempt] };

/** More stories, steps, links and traits than any page shows. */
export const manyStories: CaseFile = {
  ...backdoorPresent,
  intrusions: Array.from({ length: 100 }, (_, i) => ({
    ...breakIn,
    id: `i-${i}`,
    hosts: [host.id, `${host.id}-${i}`],
    steps: Array.from({ length: 200 }, (__, at) => ({ ...breakIn.steps[at % 3], says: `step ${at} ${'x'.repeat(400)}` })) as CaseIntrusion['steps'],
    links: Array.from({ length: 100 }, (__, at) => ({ kind: 'address', value: `203.0.113.${at}`, findings: [ssrf.id] })),
    fits: Array.from({ length: 40 }, (__, at) => `It was done in the way ${at}`),
  })),
};
