import type { ArchiveAct, ProxyShellAct } from './act.ts';
import { agentOf } from './call.ts';
import type { Call, InnerCall } from './call.ts';
import { Dice } from './dice.ts';
import { DOMAIN_SID } from './person.ts';
import { NO_TRACES } from './traces.ts';
import type { Traces } from './traces.ts';
import type { World } from './world.ts';

const ARCHIVE = agentOf('ArchiveConnector/8.4 (ExchangeServicesClient/15.00.0913.015)');
const PROXYSHELL = agentOf('python-requests/2.26.0');

/**
 * An archive reads one mailbox after the other over the web services, in the name of its own account. Jobs of Exchange
 * do the same in the name of its computer account: back-end rows that nobody at the front end asked for.
 */
export function archived(world: World, act: ArchiveAct): Traces {
  const start = Math.floor(act.at / 1000);
  const dice = new Dice(`${world.scenario.seed}|archive|${act.session}|${start}`);
  const user = `${world.server.netbios}\\svc-archive`;
  const calls: Call[] = [];
  const inner: InnerCall[] = [];
  for (let i = 0; i < act.count; i += 1) {
    const at = start + i * 1_900 + dice.below(400);
    const request = { method: 'POST', stem: '/EWS/Exchange.asmx', query: '', agent: ARCHIVE, status: 200 } as const;
    const person = dice.pick(world.people);
    calls.push(
      world.call(at, dice, {
        protocol: 'Ews',
        method: request.method,
        stem: request.stem,
        status: request.status,
        took: 60 + dice.below(300),
        user,
        auth: 'NTLM',
        agent: ARCHIVE,
        address: act.from,
        sent: 1_900,
        received: 4_000 + dice.below(90_000),
        routing: world.local(at, `Smtp~${person.mail}`, 'AnchorMailboxHeader-SMTP', 200),
        inner: world.inner(at - 2, 50, { ...request, user }),
      }),
    );
    if (act.jobs && i % 4 === 0) inner.push(world.inner(at + 900, 35, { ...request, user: world.machine }));
  }
  return { ...NO_TRACES, calls, inner };
}

/**
 * The path confusion of August 2021: Autodiscover is asked for a path that begins with a stranger's address, and the back
 * end is asked for what stands behind it, in the name of the server. The update of April refuses it with 400 or 401.
 */
export function confused(world: World, act: ProxyShellAct): Traces {
  const start = Math.floor(act.at / 1000);
  const calls = Array.from({ length: act.count }, (_, i): Call => {
    const at = start + i * 2_600;
    const dice = new Dice(`${world.scenario.seed}|confused|${act.session}|${at}`);
    const [stem, more] = dice.pick<readonly [string, string]>([
      ['/mapi/nspi/', ''],
      ['/powershell/', '&X-Rps-CAT=VgEAVAdXaW5kb3dzQwBBCEtlcmJlcm9z'],
      ['/ews/exchange.asmx', ''],
    ]);
    const stranger = '@outsider.example';
    const passed = act.status < 400;
    return world.call(at, dice, {
      protocol: 'Autodiscover',
      method: 'POST',
      stem: '/autodiscover/autodiscover.json',
      query: `${stranger}${stem}?${more}&Email=autodiscover/autodiscover.json%3F${stranger}`,
      status: act.status,
      took: 40 + dice.below(400),
      agent: PROXYSHELL,
      address: act.from,
      sent: 1_200,
      received: passed ? 2_400 : 0,
      routing: passed ? world.local(at, `Sid~${DOMAIN_SID}-500`, 'WindowsIdentity', act.status) : undefined,
      inner: passed
        ? world.inner(at - 2, 30, {
            method: 'POST',
            stem,
            query: more.slice(1),
            user: world.machine,
            agent: PROXYSHELL,
            status: act.status,
          })
        : undefined,
    });
  });
  return { ...NO_TRACES, calls };
}
