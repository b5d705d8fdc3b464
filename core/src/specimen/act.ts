import type { Micros } from '../model/evidence.ts';

/** What every act has: when it was answered, and from which address; acts of one `session` share canary, ids and tool. */
interface Doing {
  readonly at: Micros;
  readonly from: string;
  readonly session: string;
}

/**
 * The program that forged a request, known by what it leaves in `AnchorMailbox` and what reaches the back end. `script`:
 * `a]@host:444/…#`; `portless`: the same without `:444`; `double`: `akak]@`; `framework`: `Admin@HOST:444/…&a=`, which
 * drags the carrier's path into the query that the back end logs.
 */
export type Tool = 'script' | 'portless' | 'double' | 'framework';

/** How a path was written: as everybody does, in capitals, with percent-encoded letters, or with doubled slashes. */
export type Spelling = 'usual' | 'capitals' | 'encoded' | 'doubled';

/** What a forged request has besides its aim. */
interface Forging extends Doing {
  readonly tool?: Tool;
  readonly spelling?: Spelling;
  /** The static resource that carries the request; one of the session's own below `/ecp/` if absent. */
  readonly carrier?: string;
  /** Method of the carrier; POST if absent. */
  readonly verb?: 'GET' | 'POST' | 'PUT';
  /** The other member of the group took the request and asked this server's back end; its front end knows nothing of it. */
  readonly viaPeer?: boolean;
}

/** Requests that the front end forwards to a forged back end (CVE-2021-26855); the carrier is a static resource. */
export interface ForgedAct extends Forging {
  readonly act: 'ssrf-autodiscover' | 'ssrf-mapi' | 'proxylogon' | 'ddi-get-object' | 'ews-read';
  /** What the back end answered, and the front end passed on. */
  readonly status: number;
  /** How often; only mail is read more than once. */
  readonly count: number;
  /** Where mail is read, if not from the web services; of `ews-read` only. */
  readonly path?: string;
}

/** `Set-OabVirtualDirectory` with a script in the external URL (CVE-2021-27065, first half). */
export interface SetObjectAct extends Forging {
  readonly act: 'ddi-set-object';
  /** `plain`: an address as an administrator would set it, and no script; `odd`: a text that is neither. */
  readonly url?: 'script' | 'plain' | 'odd';
  /** The cmdlet refused. */
  readonly fails?: boolean;
}

/** The reset that writes the directory's properties to a file (second half). It answers 200 whether it ran or not. */
export interface ResetObjectAct extends Forging {
  readonly act: 'ddi-reset-object';
  readonly executed: boolean;
  /** URL path of the file named in the reset dialog; it stands in no log. */
  readonly path: string;
}

/** The external URL set back to nothing; fails with ADNoSuchObject where the reset ran, because the object is a new one. */
export interface CleanUpAct extends Forging {
  readonly act: 'ddi-clean-up';
}

/**
 * A file below a served folder. `oab`: as the reset writes it; `plain`: a bare page; `classic`: one in the language of
 * old pages; `harmless`: a page without any script; `thief`: a script of the logon that sends what is typed; `logon`: the
 * same with nothing added.
 */
export interface ShellFileAct extends Doing {
  readonly act: 'shell-file';
  readonly path: string;
  readonly style: 'oab' | 'plain' | 'classic' | 'harmless' | 'thief' | 'logon';
  /** Evidence path, where the URL path does not lead to it: a back-end folder, a folder outside of Exchange. */
  readonly disk?: string;
  /** The time of its last change as the file system says, where it was set back; else when it was written. */
  readonly dated?: Micros;
}

/** A change of IIS itself: a virtual directory of the front-end site, or a native module in every worker process. */
export interface ConfigurationAct extends Doing {
  readonly act: 'served-folder' | 'iis-module';
  /** URL path of the directory; name of the module. */
  readonly name: string;
  /** Folder, or library, as Windows writes it. */
  readonly path: string;
}

/** A product that reads every mailbox each night in its own name, as archives and backups do. */
export interface ArchiveAct extends Doing {
  readonly act: 'mail-archive';
  readonly count: number;
  /** Whether jobs of Exchange itself read mailboxes in the name of the server in the same minutes. */
  readonly jobs: boolean;
}

/** Requests of the campaign of August 2021 (CVE-2021-34473): Autodiscover with another path behind an `@`. */
export interface ProxyShellAct extends Doing {
  readonly act: 'proxyshell';
  readonly status: number;
  readonly count: number;
}

export interface ShellRequestAct extends Doing {
  readonly act: 'shell-request';
  readonly path: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly status: number;
  readonly count: number;
}

export interface PathAct extends Doing {
  readonly act: 'compiled-page' | 'shell-deleted';
  readonly path: string;
}

/** A process started by the worker process of Exchange's web sites, where process creation is audited. */
export interface CommandAct extends Doing {
  readonly act: 'command';
  readonly line: string;
  /** Whether the shell's client frames the answer, which no other program does; it does if absent. */
  readonly framed?: boolean;
}

export interface LsassDumpAct extends Doing {
  readonly act: 'lsass-dump';
  /** Evidence path: `C/root/lsass.dmp`. */
  readonly path: string;
}

/** Somebody tests from outside: the public scanner's forged request, a probe that a patched server rejects, a hunter of shells. */
export interface ScanAct extends Doing {
  readonly act: 'public-scanner' | 'rejected-probe' | 'shell-hunter';
  readonly count: number;
}

/** What goes through the forged cookie. */
export type ForgingAct = ForgedAct | SetObjectAct | ResetObjectAct | CleanUpAct;

export type Act =
  | ForgedAct
  | SetObjectAct
  | ResetObjectAct
  | CleanUpAct
  | ShellFileAct
  | ShellRequestAct
  | PathAct
  | CommandAct
  | LsassDumpAct
  | ConfigurationAct
  | ArchiveAct
  | ProxyShellAct
  | ScanAct;

export type ActName = Act['act'];
