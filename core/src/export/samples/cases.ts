import type { CaseFile } from '../../model/case-file.ts';
import type { Headline } from '../../model/claim.ts';
import {
  AS_OF,
  FROM,
  SHELL,
  archive,
  artifact,
  brokenInto,
  caseOf,
  claim,
  cleanClaims,
  fullCoverage,
  host,
  missingProxy,
  missingTree,
  onDisk,
  requested,
  scanned,
  shellHunter,
  ssrf,
  written,
} from './parts.ts';

/** Hand-made case files: one for each kind of answer, with the sentences and places of real Exchange servers. */

/** A web shell was planted, used, and still lies there. */
export const backdoorPresent: CaseFile = caseOf({
  headline: 'compromised-backdoor-present',
  says: `Commands were run on MAIL01 through a web shell, and the shell ${SHELL} is still on disk.`,
  next: [
    'Take the server off the network now, but do not switch it off and do not delete anything: memory and files are evidence.',
    'Keep a copy of the disk and of the memory before anyone cleans up.',
    'Treat every account that logged on to this server since 2021-03-03 as known to the attacker; reset the machine account twice.',
    'Rebuild the server; removing the one shell that was found is not enough.',
  ],
  claims: [
    claim('vulnerable', 'established', 'The server acted on forged requests, last on 2021-03-08T16:54:20Z: it was vulnerable then; as of the evidence, build 15.1.2106.2 lacks the fix for CVE-2021-26855', { rests: [scanned.id] }),
    claim('targeted', 'established', 'The server was attacked from 86.105.18.116 and 198.51.100.20', { rests: [scanned.id, ssrf.id] }),
    claim('exploited', 'established', 'A forged request got an administrator session', { rests: [ssrf.id] }),
    claim('data-accessed', 'undetermined', 'Whether mailboxes were read is not known', { unseen: [missingProxy] }),
    claim('implanted', 'established', `A web shell was written to ${SHELL}`, { rests: [written.id, onDisk.id] }),
    claim('operated', 'established', `Commands were run through the web shell ${SHELL}`, { rests: [written.id, requested.id] }),
    claim('persisting', 'established', `The web shell ${SHELL} is still there`, { rests: [onDisk.id], unseen: [missingTree] }),
    claim('remediated', 'undetermined', 'Being repaired is proven by comparing two states of the server', {}),
  ],
  findings: [ssrf, written, requested, onDisk, scanned, archive, shellHunter],
});

/** Nothing was found, in logs that begin in February. */
export const withinCoverage: CaseFile = caseOf({
  headline: 'no-trace-within-coverage',
  says: 'No trace of the attack on MAIL01 from 2021-02-07 on; before that only the IIS logs were there.',
  next: ['Fetch the older HttpProxy logs from a backup and run the assessment again.'],
  claims: [
    claim('vulnerable', 'ruled-out', 'The server holds the fix: build 15.1.2106.13 holds the fix', { seen: [{ mustSee: 'build', by: 'build', spans: [] }] }),
    claim('targeted', 'undetermined', 'No attack was seen; January cannot be judged', { unseen: [missingProxy] }),
    claim('exploited', 'undetermined', 'No success was seen; January cannot be judged', { unseen: [missingProxy] }),
    claim('data-accessed', 'undetermined', 'No reading of mailboxes was seen; January cannot be judged', { unseen: [missingProxy] }),
    claim('implanted', 'undetermined', 'No foreign page was found; one folder was listed only in part', { unseen: [missingTree] }),
    claim('operated', 'ruled-out', 'No web shell was used', {
      seen: [{ mustSee: 'requests', by: 'iis', spans: [{ from: FROM, to: AS_OF }] }],
    }),
    claim('persisting', 'undetermined', 'No way back in was found; one folder was listed only in part', { unseen: [missingTree] }),
    claim('remediated', 'not-applicable', 'There is nothing to repair that is known', {}),
  ],
  findings: [{ ...shellHunter }],
});

/** Everything was seen and nothing is there; the fix is in. */
export const noTrace: CaseFile = caseOf({
  headline: 'no-trace',
  says: 'No trace of the attack on MAIL01 between 2021-01-01 and 2021-03-09, and every source that would show it was there.',
  next: ['Keep the logs of this time; new knowledge may come.'],
  claims: cleanClaims('ruled-out'),
  findings: [],
  coverage: fullCoverage(),
});

/** Everything was seen and nothing is there, but the hole is still open. */
export const noTraceStillOpen: CaseFile = caseOf({
  headline: 'no-trace',
  says: 'No trace of the attack on MAIL01, but build 15.1.2106.2 lacks the fix.',
  next: ['Install the security update today.'],
  claims: cleanClaims('established'),
  findings: [],
  coverage: fullCoverage(),
});

/** A scanner came by; what would show a success was seen and is not there. */
export const targetedNotSuccessful: CaseFile = caseOf({
  headline: 'targeted-not-successful',
  says: 'MAIL01 was scanned on 2021-03-06; nothing more came of it.',
  next: ['Install the security update if it is not in.'],
  claims: [
    claim('targeted', 'established', 'The server was scanned from 198.51.100.20', { rests: [scanned.id] }),
    ...cleanClaims('ruled-out').filter((c) => c.claim !== 'targeted'),
  ],
  findings: [scanned],
  coverage: fullCoverage(),
});

/** A folder in which no file has a known format. */
export const nothingRead: CaseFile = {
  ...caseOf({
    headline: 'insufficient-evidence',
    says: 'Nothing in the evidence speaks of an Exchange server.',
    next: ['Hand over the folders named above.'],
    claims: [claim('targeted', 'undetermined', 'No log was there', { unseen: [{ ...missingProxy, spans: [] }], to: null })],
    findings: [],
    coverage: [],
  }),
  artifacts: [{ ...artifact('a-doc', 'notes.docx', 'none', 0), format: null }],
  hosts: [{ ...host, names: [], product: null, build: null, fixed: {}, asOf: null }],
};

/** A shell was used, and whether it or another one is left was not looked at. */
export const compromised: CaseFile = caseOf({
  headline: 'compromised',
  says: 'Commands were run on MAIL01 through a web shell; whether a way back in is left is not known.',
  next: ['Act as if a way back in is left: take the server off the network.'],
  claims: brokenInto([claim('persisting', 'undetermined', 'Whether a way back in is left is not known', { unseen: [missingTree] })]),
  findings: [ssrf, written, requested],
});

/** A shell was used; every place that was to be looked at was looked at, and it is gone. */
export const noBackdoorSeen: CaseFile = caseOf({
  headline: 'compromised-no-backdoor-seen',
  says: 'Commands were run on MAIL01 through a web shell; the shell is gone, and who took it away is not known.',
  next: ['Find out who removed the shell. Deleting it may have been the attacker.'],
  claims: brokenInto(cleanClaims('ruled-out').filter((c) => c.claim === 'persisting')),
  findings: [ssrf, written, requested],
  coverage: fullCoverage(),
});

/** A shell was used; a comparison of two states proves that it and the hole are gone. */
export const remediated: CaseFile = caseOf({
  headline: 'compromised-remediated',
  says: 'MAIL01 was broken into; the shell was removed and the fix installed.',
  next: ['Keep the evidence; passwords that were used on the server stay known to the attacker until they are changed.'],
  claims: brokenInto([
    ...cleanClaims('ruled-out').filter((c) => c.claim === 'persisting'),
    claim('remediated', 'established', 'The shell was removed and the fix is in', { rests: [onDisk.id] }),
  ]),
  findings: [ssrf, written, requested, onDisk],
  coverage: fullCoverage(),
});

/** Forged requests were acted on, and the logs that would show what they did are gone. */
export const outcomeUnknown: CaseFile = caseOf({
  headline: 'targeted-outcome-unknown',
  says: 'MAIL01 was attacked on 2021-03-06; the logs that would show what came of it are not there.',
  next: ['Fetch the ECP server logs and the web roots.'],
  claims: [
    claim('targeted', 'established', 'The server was attacked from 198.51.100.20', { rests: [scanned.id] }),
    claim('exploited', 'undetermined', 'Whether the attack worked is not known', { unseen: [missingProxy] }),
    claim('implanted', 'undetermined', 'Whether a web shell was written is not known', { unseen: [missingTree] }),
  ],
  findings: [scanned],
});

/** Installed with the fix in it. */
export const notVulnerable: CaseFile = caseOf({
  headline: 'not-vulnerable',
  says: 'MAIL01 was installed with a build that has the fix.',
  next: [],
  claims: [
    claim('vulnerable', 'not-applicable', 'The server was installed from a build that has the fix', {}),
    ...cleanClaims('ruled-out').filter((c) => c.claim !== 'vulnerable'),
  ],
  findings: [],
  coverage: fullCoverage(),
});

/** One case for each headline the judge knows. */
export const ONE_OF_EACH: Readonly<Record<Headline, CaseFile>> = {
  'compromised-backdoor-present': backdoorPresent,
  compromised,
  'compromised-no-backdoor-seen': noBackdoorSeen,
  'compromised-remediated': remediated,
  'targeted-outcome-unknown': outcomeUnknown,
  'insufficient-evidence': nothingRead,
  'targeted-not-successful': targetedNotSuccessful,
  'no-trace-within-coverage': withinCoverage,
  'no-trace': noTrace,
  'not-vulnerable': notVulnerable,
};

/** Five servers, the worst in the middle of the alphabet. */
export const fleet: CaseFile = fleetOf([
  ['EDGE01', withinCoverage],
  ['MAIL01', backdoorPresent],
  ['MAIL02', targetedNotSuccessful],
  ['MAIL03', noTrace],
  ['MAIL04', noTraceStillOpen],
]);

function fleetOf(members: readonly (readonly [string, CaseFile])[]): CaseFile {
  const moved = members.map(([name, member]) => JSON.parse(JSON.stringify(member).replaceAll('h-mail01', `h-${name}`).replaceAll('MAIL01', name)) as CaseFile);
  const counts: Record<string, number> = {};
  for (const member of moved) counts[member.headline.worst] = (counts[member.headline.worst] ?? 0) + 1;
  return {
    ...backdoorPresent,
    headline: { worst: 'compromised-backdoor-present', counts },
    hosts: moved.flatMap((m) => m.hosts),
    verdicts: moved.flatMap((m) => m.verdicts),
    claims: moved.flatMap((m) => m.claims),
    findings: moved.flatMap((m) => m.findings),
    coverage: moved.flatMap((m) => m.coverage),
  };
}

