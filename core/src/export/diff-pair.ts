/** A value in the first case, and in the second. */
export interface Pair<T> {
  readonly first: T;
  readonly second: T;
}

/** A list that is cut at a bound, and how many there are. */
export interface Listed<T> {
  readonly count: number;
  readonly shown: readonly T[];
}

export function listed<T>(all: readonly T[], most: number): Listed<T> {
  return { count: all.length, shown: all.slice(0, most) };
}
