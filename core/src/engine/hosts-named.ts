import { isDnsName } from '../checks/forged-anchor.ts';
import type { EvidenceRecord } from '../model/reading.ts';

/** What a machine is to the product, as a record shows it. `dag-member`: of a database availability group. */
export type ServerRole = 'front-end' | 'back-end' | 'dag-member';

/** A machine that records name as a server of the product. */
export interface NamedServer {
  /** As written, in lower case. */
  readonly name: string;
  /** The first machine whose records say so, as they name it; `''` where they name none. */
  readonly by: string;
  readonly role: ServerRole;
  /** A node of a cluster is a server of the product only where the machine that says so is one. */
  readonly isNode: boolean;
}

/**
 * Collects which machines the records of one artifact show to be servers of the product: those that wrote its logs, and
 * those to which an authenticated request, a cmdlet or a cluster was passed on.
 *
 * What a client can write names nobody: neither the target of a request that nobody signed in for, nor one that its
 * cookie chose, nor a name that stands where clients, domain controllers and balancers stand as well.
 */
export class NamedServers {
  /** There were more than are kept. */
  overflow = false;
  readonly #servers = new Map<string, NamedServer>();

  see(record: EvidenceRecord): void {
    const own = OWN_ROLE[record.kind];
    if (own !== undefined && record.host !== undefined) this.#add(record.host, record.host, own);
    switch (record.kind) {
      case 'http.proxy':
        this.#proxied(record);
        break;
      case 'ews.request':
      case 'cmdlet.http':
        this.#passedOn(record, 'FrontEndServer', 'front-end');
        break;
      case 'cmdlet.execution':
        this.#passedOn(record, 'CmdletProxyRemoteServer', 'back-end');
        break;
      case 'http.request':
        this.#signedIn(record);
        break;
      case 'windows.event':
        this.#clustered(record);
        break;
      default:
    }
  }

  /** Sorted, so that it does not depend on the order of the rows. */
  all(): readonly NamedServer[] {
    return [...this.#servers].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, server]) => server);
  }

  /** A row of the front-end proxy: where it sent the request of somebody who had signed in. */
  #proxied(record: EvidenceRecord): void {
    const target = record.get('TargetServer');
    if (typeof target !== 'string' || this.#knows(target, 'back-end')) return;
    const anchor = textOf(record, 'AnchorMailbox').toLowerCase();
    const isChosen =
      anchor.includes('serverinfo~') || /resource-backend-cookie|beresource/i.test(textOf(record, 'RoutingHint'));
    const isSignedIn = /^true$/i.test(textOf(record, 'IsAuthenticated'));
    const isRouted = /^intraforest$/i.test(textOf(record, 'RoutingType'));
    const isVersion = /^(?:0?8|14|15)\.\d{1,2}\.\d{1,4}\.\d{1,3}$/.test(textOf(record, 'TargetServerVersion'));
    if (isSignedIn && isRouted && isVersion && !isChosen) this.#add(target, record.host ?? '', 'back-end');
  }

  #passedOn(record: EvidenceRecord, field: string, role: ServerRole): void {
    const name = record.get(field);
    if (typeof name !== 'string' || this.#knows(name, role)) return;
    if (/^false$/i.test(textOf(record, 'IsAuthenticated'))) return;
    this.#add(name, record.host ?? '', role);
  }

  /** A session of the admin centre, opened at the back end by the computer account of another front end. */
  #signedIn(record: EvidenceRecord): void {
    if (record.text?.includes('$') !== true || !/proxylogon/i.test(record.text)) return;
    const account = /^[^\\]{1,64}\\([^\\$]{1,63})\$$/.exec(textOf(record, 'cs-username'))?.[1];
    if (account === undefined || textOf(record, 'sc-status') !== '241') return;
    // Under its own address the server's own front end asks, and an IIS log does not say whose log it is.
    const client = textOf(record, 'c-ip').toLowerCase();
    if (client === '127.0.0.1' || client === '::1' || client.startsWith('fe80:') || client === textOf(record, 's-ip'))
      return;
    if (
      !BACK_END_PORTS.has(textOf(record, 's-port')) ||
      !/\/ecp\/proxylogon\.ecp$/i.test(textOf(record, 'cs-uri-stem'))
    )
      return;
    this.#add(account, record.host ?? '', 'front-end');
  }

  /** Another node of the machine's cluster, or a server that a cmdlet made a member of the group. */
  #clustered(record: EvidenceRecord): void {
    const provider = textOf(record, 'Provider_Name');
    if (provider === 'Microsoft-Windows-FailoverClustering') {
      if (!NODE_EVENTS.has(textOf(record, 'EventID'))) return;
      const node = record.get('NodeName') ?? record.get('Data');
      const name = typeof node === 'string' ? node : Array.isArray(node) ? String(node[0] ?? '') : '';
      this.#add(name, record.host ?? '', 'dag-member', true);
    } else if (provider === 'MSExchange CmdletLogs' && textOf(record, 'EventID') === '1') {
      const values = record.get('Data');
      const [cmdlet = '', parameters = ''] = Array.isArray(values) ? (values as readonly string[]) : [];
      if (!/^(?:Add-DatabaseAvailabilityGroupServer|Add-MailboxDatabaseCopy)$/i.test(cmdlet)) return;
      const member = /-MailboxServer "([^"]{1,255})"/i.exec(parameters.slice(0, LONGEST_PARAMETERS))?.[1];
      if (member !== undefined) this.#add(member, record.host ?? '', 'dag-member');
    }
  }

  /** Rows repeat their servers all day. */
  #knows(written: string, role: ServerRole): boolean {
    return this.#servers.has(`${role}\nfalse\n${written}`);
  }

  #add(written: string, by: string, role: ServerRole, isNode = false): void {
    const key = `${role}\n${isNode}\n${written}`;
    if (this.#servers.has(key)) return;
    const name = written.trim().toLowerCase();
    if (!isDnsName(name) || name === 'localhost' || by.length > LONGEST_NAME) return;
    if (this.#servers.size >= MAX_SERVERS) this.overflow = true;
    else this.#servers.set(key, { name, by, role, isNode });
  }
}

/**
 * Where a forged request was sent, as the client wrote it into its cookie; absent where that is no name of a machine, and
 * of requests whose anchor a client did not forge.
 */
export function forgedTarget(record: EvidenceRecord): string | undefined {
  if (record.kind !== 'http.proxy') return undefined;
  const anchor = textOf(record, 'anchor-host').slice(0, LONGEST_PARAMETERS);
  if (anchor === '' || isDnsName(anchor.replace(/~\d+$/, '').trim())) return undefined;
  // `a]@ex02.corp:444/ecp/…`, `Admin@EX02:444/…`, `ex02.corp/ews/…`: what stands before a path, behind a user.
  const authority = anchor.split(/[/?#~]/, 1)[0] ?? '';
  const host = authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d{1,5}$/, '');
  const name = isDnsName(host) ? host : textOf(record, 'TargetServer');
  return isDnsName(name) ? name.toLowerCase() : undefined;
}

function textOf(record: EvidenceRecord, field: string): string {
  const value = record.get(field);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** Logs that only a server of the product writes. */
const OWN_ROLE: Readonly<Record<string, ServerRole>> = {
  'http.proxy': 'front-end',
  'ecp.server': 'back-end',
  'ecp.activity': 'back-end',
  'ews.request': 'back-end',
  'cmdlet.execution': 'back-end',
};
const BACK_END_PORTS: ReadonlySet<string> = new Set(['444', '81']);
/** 1007 a node was added, 1011 evicted, 1135 lost. */
const NODE_EVENTS: ReadonlySet<string> = new Set(['1007', '1011', '1135']);
/** Names and roles kept of one artifact. */
const MAX_SERVERS = 1_000;
const LONGEST_NAME = 255;
const LONGEST_PARAMETERS = 4_096;
