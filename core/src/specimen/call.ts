import type { Millis } from './stamp.ts';

/** The folders below `Logging/HttpProxy`; a row lies in the folder of the URL the client asked for. */
export type Protocol = 'Autodiscover' | 'Eas' | 'Ecp' | 'Ews' | 'Mapi' | 'Oab' | 'Owa' | 'PowerShell' | 'RpcHttp';

export const PROTOCOLS: readonly [Protocol, ...Protocol[]] = [
  'Autodiscover',
  'Eas',
  'Ecp',
  'Ews',
  'Mapi',
  'Oab',
  'Owa',
  'PowerShell',
  'RpcHttp',
];

/** A client's name for itself, as each log spells it. */
export interface Agent {
  readonly iis: string;
  readonly proxy: string;
}

/** What the back-end site (port 444) logged of a request. */
export interface InnerCall {
  readonly at: Millis;
  readonly took: number;
  readonly method: string;
  readonly stem: string;
  /** Without `?`; empty for none. */
  readonly query: string;
  /** `CONTOSO\MAIL01$`; empty for none. */
  readonly user: string;
  readonly address: string;
  readonly agent: Agent;
  readonly status: number;
}

/** How the front-end proxy module routed a request. */
export interface Routing {
  /** `AnchorMailbox`; empty where none was resolved. */
  readonly anchor: string;
  readonly hint: string;
  readonly type: string;
  readonly server: string;
  /** `15.01.2176.000`. */
  readonly version: string;
  /** The number in `FEAuth=BEVersion-`. */
  readonly number: number;
  /** Status of the back end; 0 where nothing was sent to one. */
  readonly status: number;
  readonly cookie: string;
  /** GUID of the mailbox database; empty where none was looked up. */
  readonly database: string;
}

/** One request as the front-end site, the proxy module and the back-end site each saw it. */
export interface Call {
  /** When it was answered, which is the time in all three logs. */
  readonly at: Millis;
  readonly took: number;
  /** `RequestId` of HttpProxy and `cafeReqId` in the IIS query: what joins the two. */
  readonly id: string;
  /** Absent for a URL that no proxy module serves; then HttpProxy has no row and IIS no `cafeReqId`. */
  readonly protocol: Protocol | undefined;
  readonly urlHost: string;
  readonly method: string;
  readonly stem: string;
  readonly query: string;
  /** What Exchange appends to the IIS query after its own ids. */
  readonly appended: string;
  readonly user: string;
  readonly auth: string;
  readonly address: string;
  /** The address the load balancer passed on; absent where there is none. */
  readonly forwarded?: string;
  readonly agent: Agent;
  readonly status: number;
  readonly clientId: string;
  readonly sent: number;
  readonly received: number;
  readonly routing: Routing | undefined;
  /** Further `GenericInfo` of HttpProxy, each ending in `;`. */
  readonly remarks: string;
  readonly error: string;
  readonly inner: InnerCall | undefined;
}

const AGENTS = new Map<string, Agent>();

/** IIS writes `+` for spaces, HttpProxy writes spaces for commas. */
export function agentOf(text: string): Agent {
  let agent = AGENTS.get(text);
  if (agent === undefined) {
    agent = { iis: text === '' ? '-' : text.replaceAll(' ', '+'), proxy: text.replaceAll(',', ' ') };
    AGENTS.set(text, agent);
  }
  return agent;
}
