import type { Locator, Micros } from './evidence.ts';

export type Level = 'informational' | 'low' | 'medium' | 'high' | 'critical';

/** R reconnaissance, S server-side request forgery, F file write, W web shell, P post-exploitation, X outside the campaign. */
export type Stage = 'recon' | 'ssrf' | 'file-write' | 'web-shell' | 'post-exploitation' | 'other';

/** A thing that findings can share: `address`, `path`, `url`, `canary`, `session`, `account`, `sha256`, `user-agent`, … */
export interface Entity {
  readonly kind: string;
  readonly value: string;
}

/** One place where a finding can be seen again. */
export interface Sighting {
  readonly origin: Locator;
  /** Of the bytes at `origin`, lower-case hex. */
  readonly sha256: string;
  readonly at: Micros | undefined;
  /** At most 400 characters, never re-worded. */
  readonly excerpt: string;
}

/** This was seen, here: one per rule, host and key entity, however often. It says nothing yet of what it means. */
export interface Finding {
  readonly id: string;
  readonly rule: string;
  readonly host: string;
  readonly count: number;
  readonly since: Micros | undefined;
  readonly until: Micros | undefined;
  readonly entities: readonly Entity[];
  /** The first of them by artifact and offset. */
  readonly sightings: readonly Sighting[];
  /** Times of all hits, sorted, bounded; what joins argue from. */
  readonly times: readonly Micros[];
}
