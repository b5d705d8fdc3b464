import { HEADLINES_WORST_FIRST } from '@afterpatch/core/model/claim.ts';
import { PackError, PackErrors } from '@afterpatch/core/packs/pack-error.ts';
import { EvidenceError } from '@afterpatch/node/evidence-error.ts';
import { OutputError } from '@afterpatch/node/write-tree.ts';
import { CommanderError } from 'commander';
import { expect, test } from 'vitest';

import { CaseError, exitCodeOf, UsageError, verdictCode } from './exit-code.ts';

test.each([
  ['a mistyped flag', new CommanderError(1, 'commander.unknownOption', 'error: unknown option'), 64],
  ['a request for help', new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)'), 0],
  ['a command line without a command', new CommanderError(1, 'commander.help', '(outputHelp)'), 64],
  ['an impossible request', new UsageError('expected this, found that'), 64],
  ['a folder that is taken', new OutputError('expected a new folder'), 64],
  ['a pack with a fault', new PackErrors([new PackError('P001', 'pack.yaml', 1, 'expected the file pack.yaml')]), 65],
  ['evidence that is not there', new EvidenceError('expected a folder, nothing stands there'), 66],
  ['a case file that is none', new CaseError('expected a case file'), 66],
  ['a mistake of ours', new TypeError('undefined is not a function'), 70],
  ['something that is not even an error', 'oops', 70],
])('%s has its exit code', (_, error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});

test('every headline has its exit code for scripts', () => {
  expect(Object.fromEntries(HEADLINES_WORST_FIRST.map((headline) => [headline, verdictCode(headline)]))).toEqual({
    'compromised-backdoor-present': 20,
    compromised: 20,
    'compromised-no-backdoor-seen': 20,
    'compromised-remediated': 20,
    'targeted-outcome-unknown': 10,
    'insufficient-evidence': 30,
    'targeted-not-successful': 10,
    'no-trace-within-coverage': 30,
    'no-trace': 0,
    'not-vulnerable': 0,
  });
});
