import type { BuildStep } from './scenario.ts';
import { setupStamp } from './stamp.ts';
import type { SpecimenFile } from './specimen-file.ts';
import type { World } from './world.ts';

/**
 * `ExchangeSetup.log`: one run for each cumulative update, with its mode and version. Times are UTC, whatever the time
 * zone line says. Security updates do not write here.
 */
export function setupLog(world: World): readonly SpecimenFile[] {
  if (world.lost('setup-log')) return [];
  const runs = world.server.builds.filter((b) => b.by !== 'update');
  const last = runs.at(-1) ?? world.server.builds[0];
  return [
    {
      path: 'C/ExchangeSetupLogs/ExchangeSetup.log',
      modified: last.from,
      *pieces() {
        yield new TextEncoder().encode(runs.map((step) => run(world, step)).join(''));
      },
    },
  ];
}

function run(world: World, step: BuildStep): string {
  const { product, netbios } = world.server;
  const mode = step.by === 'install' ? 'Install' : 'Upgrade';
  // Setup takes about an hour; the build runs when it ends.
  let at = Math.floor(step.from / 1000) - 3_400_000;
  const line = (level: number, text: string): string => {
    at += 137;
    return `[${setupStamp(at)}] [${level}] ${text}\r\n`;
  };
  const opening = [
    '**********************************************',
    `Starting Microsoft Exchange Server ${product} ${product === '2019' ? 'Cumulative Update Setup' : 'Setup'}`,
    '**********************************************',
    'Local time zone: (UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna.',
    'Operating system version: Microsoft Windows NT 6.2.9200.0.',
    `Setup version: ${step.build}.`,
    `Logged on user: ${netbios}\\Administrator.`,
    `Command Line Parameter Name='mode', Value='${mode}'.`,
    "Command Line Parameter Name='iacceptexchangeserverlicenseterms', Value=''.",
    `RuntimeAssembly was started with the following command: '/mode:${mode} /IAcceptExchangeServerLicenseTerms'.`,
    'The following roles are installed: BridgeheadRole ClientAccessRole MailboxRole UnifiedMessagingRole FrontendTransportRole AdminToolsRole CafeRole',
  ].map((text) => line(0, text));
  const executing = line(1, `Executing: ${mode === 'Install' ? 'install' : 'upgrade'} of all roles`);
  at += 3_300_000;
  const closing = [
    'The Exchange Server setup operation completed successfully.',
    'Ending processing.',
    'End of Setup',
    '**********************************************',
  ].map((text) => line(0, text));
  return [...opening, executing, ...closing].join('');
}
