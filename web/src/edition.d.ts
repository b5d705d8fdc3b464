/** What `rolldown.config.ts` puts into the page when it is built. */
declare module 'afterpatch:edition' {
  /** Version of the product. */
  export const version: string;
  /** Built-in packs by id, in order; of each its files, path below the pack's folder to text. */
  export const packs: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The worker as one classic script. */
declare module 'afterpatch:worker' {
  export const workerScript: string;
}
