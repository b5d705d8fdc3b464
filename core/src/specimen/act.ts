import type { Micros } from '../model/evidence.ts';

/** What every act has: when it was answered, and from which address; acts of one `session` share canary, ids and tool. */
interface Doing {
  readonly at: Micros;
  readonly from: string;
  readonly session: string;
}

/** Requests that the front end forwards to a forged back end (CVE-2021-26855); the carrier is a static resource. */
export interface ForgedAct extends Doing {
  readonly act: 'ssrf-autodiscover' | 'ssrf-mapi' | 'proxylogon' | 'ddi-get-object' | 'ews-read';
  /** What the back end answered, and the front end passed on. */
  readonly status: number;
  /** How often; only mail is read more than once. */
  readonly count: number;
}

/** `Set-OabVirtualDirectory` with a script in the external URL (CVE-2021-27065, first half). */
export interface SetObjectAct extends Doing {
  readonly act: 'ddi-set-object';
}

/** The reset that writes the directory's properties to a file (second half). It answers 200 whether it ran or not. */
export interface ResetObjectAct extends Doing {
  readonly act: 'ddi-reset-object';
  readonly executed: boolean;
  /** URL path of the file named in the reset dialog; it stands in no log. */
  readonly path: string;
}

/** The external URL set back to nothing; fails with ADNoSuchObject where the reset ran, because the object is a new one. */
export interface CleanUpAct extends Doing {
  readonly act: 'ddi-clean-up';
}

/** A file below a served folder. `oab`: as the reset writes it; `plain`: a bare page. */
export interface ShellFileAct extends Doing {
  readonly act: 'shell-file';
  readonly path: string;
  readonly style: 'oab' | 'plain';
}

export interface ShellRequestAct extends Doing {
  readonly act: 'shell-request';
  readonly path: string;
  readonly method: 'GET' | 'POST';
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
  | ScanAct;

export type ActName = Act['act'];
