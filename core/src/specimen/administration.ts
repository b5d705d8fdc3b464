import { agentOf } from './call.ts';
import type { Call, InnerCall } from './call.ts';
import { Dice } from './dice.ts';
import { DAY, MINUTE } from './stamp.ts';
import type { Millis } from './stamp.ts';
import { NO_TRACES, together } from './traces.ts';
import type { CmdletRun, EcpRow, Traces } from './traces.ts';
import type { World } from './world.ts';

/** The administrator opens the EAC every second Thursday; on one of them the OAB directory is reset, as people do. */
const FIRST_SESSION: Millis = Date.UTC(2021, 0, 7, 9, 12, 30);
const LEGITIMATE_RESET: Millis = Date.UTC(2021, 2, 4, 9, 12, 30);

/**
 * Ordinary administration through the EAC: signing in, reading lists, changing a mailbox, and once a reset of the OAB
 * virtual directory with plain URLs by a named person. It leaves the same kinds of rows as the attack does.
 */
export function administrationOf(world: World): Traces {
  const sessions: Traces[] = [];
  for (let at = FIRST_SESSION; at < world.collected; at += 14 * DAY) {
    if (at >= world.logsFrom) sessions.push(session(world, at));
  }
  if (world.logsFrom <= LEGITIMATE_RESET && LEGITIMATE_RESET + 10 * MINUTE < world.collected) {
    sessions.push(reset(world, LEGITIMATE_RESET + 4 * MINUTE));
  }
  return together(sessions);
}

function session(world: World, start: Millis): Traces {
  const desk = new Desk(world, start);
  desk.signIn();
  desk.ddi('GetList', 'MailboxService', 'Get-Recipient.ResultSize=501', 9_000);
  desk.ddi('GetObject', 'MailboxService', `Get-Mailbox.Identity='${desk.dice.guid()}'`, 12_000);
  desk.ddi(
    'SetObject',
    'MailboxService',
    `Set-Mailbox.CustomAttribute1='payroll'.Identity='${desk.dice.guid()}'`,
    31_000,
  );
  desk.run(
    'Set-Mailbox',
    `-CustomAttribute1 "payroll" -Identity "${world.server.domain}/Users/${desk.dice.pick(['Amira Haddad', 'Marek Olsen', 'Ines Weiss'])}"`,
  );
  return desk.traces();
}

function reset(world: World, start: Millis): Traces {
  const { server } = world;
  const desk = new Desk(world, start);
  const old = desk.dice.guid();
  const url = `https://${world.publicHost}/OAB`;
  desk.signIn();
  desk.ddi('GetList', 'VirtualDirectory', `Get-OabVirtualDirectory.ADPropertiesOnly=$true`, 8_000);
  desk.ddi('GetObject', 'OABVirtualDirectory', `Get-OabVirtualDirectory.Identity='${old}'`, 10_000);
  desk.ddi(
    'SetObject',
    'OABVirtualDirectory',
    `Set-OabVirtualDirectory.ExternalUrl='${url}'.Identity='${old}'`,
    40_000,
  );
  desk.run('Set-OabVirtualDirectory', `-ExternalUrl "${url}" -Identity "OAB (Default Web Site)"`);
  desk.ddi('SetObject', 'ResetOABVirtualDirectory', `Remove-OabVirtualDirectory.Force=$true.Identity='${old}'`, 75_000);
  desk.run('Remove-OabVirtualDirectory', `-Force "True" -Identity "${server.name}\\OAB (Default Web Site)"`);
  const path = `${windowsPath(server.install)}\\FrontEnd\\HttpProxy\\OAB`;
  desk.also(
    `New-OabVirtualDirectory.WebSiteName='Default Web Site'.Server='${server.name}'.Role='ClientAccess'.InternalUrl='${url}'.Path='${path}'`,
  );
  desk.run(
    'New-OabVirtualDirectory',
    `-WebSiteName "Default Web Site" -Server "${server.name}" -Role "ClientAccess" -InternalUrl "${url}" -Path "${path}"`,
  );
  return desk.traces();
}

/** `C/Program Files/x` of the evidence as the server spelt it: `C:\Program Files\x`. */
export function windowsPath(path: string): string {
  return `${path.slice(0, 1)}:${path.slice(1).replaceAll('/', '\\')}`;
}

/** One administrator at the EAC: every step leaves its row on both sites, in HttpProxy and in the ECP log. */
class Desk {
  readonly dice: Dice;
  readonly #world: World;
  readonly #calls: Call[] = [];
  readonly #inner: InnerCall[] = [];
  readonly #ecp: EcpRow[] = [];
  readonly #cmdlets: CmdletRun[] = [];
  readonly #session: string;
  readonly #canary: string;
  #at: Millis;

  constructor(world: World, start: Millis) {
    this.dice = new Dice(`${world.scenario.seed}|desk|${start}`);
    this.#world = world;
    this.#session = this.dice.guid();
    this.#canary = canaryOf(this.dice);
    this.#at = start;
  }

  signIn(): void {
    const world = this.#world;
    const admin = world.people[0];
    this.#call('POST', '/owa/auth.owa', '', 302, false);
    // The front end mints the back-end session in the name of its own machine account: 241 is no sign of an attack.
    this.#at += 600;
    this.#inner.push(
      world.inner(this.#at, 14, {
        method: 'POST',
        stem: '/ecp/proxyLogon.ecp',
        query: '',
        user: world.machine,
        agent: admin.browser,
        status: 241,
      }),
    );
    this.#inner.push({
      ...world.inner(this.#at + 70_000, 11, {
        method: 'POST',
        stem: '/ecp/proxyLogon.ecp',
        query: '',
        user: `${world.server.netbios}\\${world.server.peer.name}$`,
        agent: agentOf('Mozilla/5.0'),
        status: 241,
      }),
      address: world.server.peer.address,
    });
    this.#at += 500;
    this.#call('GET', '/ecp/', 'p=Servers', 200, true);
    this.#at += 4_000;
  }

  ddi(verb: string, schema: string, command: string, wait: number): void {
    this.#at += wait;
    const query = `ActID=${this.dice.guid()}&schema=${schema}&msExchEcpCanary=${this.#canary}`;
    this.#call('POST', `/ecp/DDI/DDIService.svc/${verb}`, query, 200, true);
    this.#log(command, `/ecp/DDI/DDIService.svc/${verb}?${query}`);
  }

  /** A further cmdlet of the same request. */
  also(command: string): void {
    this.#at += 1_400;
    this.#log(
      command,
      `/ecp/DDI/DDIService.svc/SetObject?schema=ResetOABVirtualDirectory&msExchEcpCanary=${this.#canary}`,
    );
  }

  run(cmdlet: string, parameters: string): void {
    const admin = this.#world.people[0];
    this.#cmdlets.push({
      at: this.#at - 20,
      cmdlet,
      parameters,
      caller: admin.canonical,
      sid: admin.sid,
      host: '7316 w3wp#MSExchangeECPAppPool',
      client: '',
      error: '',
    });
  }

  traces(): Traces {
    return {
      ...NO_TRACES,
      calls: this.#calls,
      inner: this.#inner,
      ecp: this.#ecp,
      cmdlets: this.#cmdlets,
    };
  }

  #call(method: string, stem: string, query: string, status: number, proxied: boolean): void {
    const world = this.#world;
    const admin = world.people[0];
    this.#calls.push(
      world.call(this.#at, this.dice, {
        protocol: stem.startsWith('/owa') ? 'Owa' : 'Ecp',
        method,
        stem,
        query,
        status,
        took: 90 + this.dice.below(700),
        user: proxied ? admin.account : '',
        agent: admin.browser,
        address: admin.office,
        routing: proxied ? world.local(this.#at, `Sid~${admin.sid}`, 'WindowsIdentity', status) : undefined,
        inner: proxied
          ? world.inner(this.#at, 80, { method, stem, query, user: admin.account, agent: admin.browser, status })
          : undefined,
      }),
    );
  }

  #log(command: string, url: string): void {
    this.#ecp.push({
      at: this.#at + 30,
      took: 60 + this.dice.below(900),
      session: this.#session,
      command,
      url,
      error: '',
      activity: this.dice.guid(),
    });
  }
}

/** A value of `msExchEcpCanary`: 76 characters and a full stop, one for each ECP session. */
export function canaryOf(dice: Dice): string {
  return `${dice.word(76, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')}.`;
}
