/** The first path of Windows, with a drive, that a message names; messages of collectors have no field for it. */
export function namedPath(message: string): string | undefined {
  const quoted = QUOTED.exec(message)?.[1];
  return quoted ?? BARE.exec(message)?.[0].trimEnd();
}

const QUOTED = /['"`]((?:\\\\[.?]\\)?[A-Za-z]:[\\/][^'"`<>|*?\n\r:]{1,1024})['"`]/;
const BARE = /(?:\\\\[.?]\\)?\b[A-Za-z]:\\[^"<>|*?\n\r:]{1,1024}/;
