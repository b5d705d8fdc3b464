/** Lets a call through at most every `millis`; the first one always. */
export function throttled<T>(millis: number, tell: (value: T) => void): (value: T) => void {
  let told = Number.NEGATIVE_INFINITY;
  return (value) => {
    const now = performance.now();
    if (now - told < millis) return;
    told = now;
    tell(value);
  };
}
