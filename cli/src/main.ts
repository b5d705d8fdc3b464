import { forgetUnfinished } from './case-output.ts';
import { runCommandLine } from './command-line.ts';
import { EXIT } from './exit-code.ts';

process.once('SIGINT', () => {
  forgetUnfinished();
  process.stderr.write(process.stderr.isTTY ? '\r\u001b[Kafterpatch: interrupted\n' : 'afterpatch: interrupted\n');
  process.exit(EXIT.interrupted);
});

// Whoever reads our output may have read enough: `afterpatch dump … | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
});

// There is nobody left to tell.
process.stderr.on('error', () => undefined);

process.once('uncaughtException', (error) => {
  forgetUnfinished();
  process.stderr.write(
    `afterpatch: a fault of ours, please report it with the lines below\n${error.stack ?? error.message}\n`,
  );
  process.exit(EXIT.fault);
});

process.exitCode = await runCommandLine(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  env: process.env,
  platform: process.platform,
});
