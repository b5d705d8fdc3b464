import type { ArtifactReading } from '@afterpatch/core/engine/read-artifact.ts';
import type { ReadOrder } from '@afterpatch/core/engine/readers.ts';

/** What the worker that assesses asks of one that reads, and its answers. A reader has one artifact at a time. */
export interface ReaderMessage {
  readonly order: ReadOrder;
}

export type ReaderAnswer =
  | { readonly is: 'bytes'; readonly done: number }
  | { readonly is: 'fault'; readonly where: string; readonly says: string }
  | { readonly is: 'reading'; readonly reading: ArtifactReading }
  | { readonly is: 'failed'; readonly says: string };
