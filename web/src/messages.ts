import type { Micros } from '@afterpatch/core/model/evidence.ts';
import type { Progress } from '@afterpatch/core/model/host.ts';

import type { CaseView } from './case-view.ts';
import type { Dropped } from './dropped.ts';

/** What every worker of a run is given. */
export interface Inputs {
  readonly evidence: readonly Dropped[];
  /** To try on encrypted archives. */
  readonly passwords: readonly string[];
}

/** What the page asks of a worker. There is one that assesses; the others read artifacts for it. */
export type PageMessage =
  | {
      readonly is: 'assess';
      readonly inputs: Inputs;
      readonly asOf: Micros | undefined;
      /** One for each worker that reads; with none, the worker that assesses reads itself. */
      readonly readers: readonly MessagePort[];
    }
  | { readonly is: 'serve'; readonly inputs: Inputs; readonly port: MessagePort }
  /** A reader died outside of anything it could catch. */
  | { readonly is: 'reader-lost'; readonly reader: number; readonly says: string };

/** What a worker tells the page. */
export type WorkerMessage =
  | { readonly is: 'ready'; readonly packs: readonly string[] }
  | { readonly is: 'progress'; readonly now: Progress }
  | { readonly is: 'fault'; readonly where: string; readonly says: string }
  /** The evidence cannot be opened; a person can do something about it. */
  | { readonly is: 'refused'; readonly says: string }
  /** A fault of ours that ended the run. */
  | { readonly is: 'failed'; readonly says: string }
  | { readonly is: 'done'; readonly view: CaseView; readonly caseFile: Blob };
