import { Inflater } from './inflater.ts';

export interface Inflated {
  readonly bytes: Uint8Array;
  /** How many of the packed bytes the stream took. */
  readonly used: number;
  /** `input`: the stream goes on where the packed bytes end; `room`: it goes on behind `most` bytes. */
  readonly stop: 'end' | 'input' | 'room' | 'damaged';
  readonly wrong: string;
}

/**
 * Inflates a stream that lies in memory as a whole.
 *
 * @param expected bytes that the container states; more than that are given as well, up to `most`
 */
export function inflateWhole(
  packed: Uint8Array,
  { deflate64, expected, most }: { deflate64: boolean; expected: number; most: number },
): Inflated {
  const inflater = deflate64 ? (long ??= new Inflater({ deflate64 })) : (usual ??= new Inflater());
  inflater.begin(0, 0);
  inflater.feed(packed);
  // What is stated is not believed beyond what the bytes can become.
  let out = new Uint8Array(Math.min(expected, most, packed.length * MOST_RATIO) + SLACK);
  for (;;) {
    const stop = inflater.inflate(out, 0, Math.min(out.length, most + 1));
    if (stop === 'room' && inflater.at <= most) {
      const larger = new Uint8Array(Math.min(out.length * 2, most + SLACK));
      larger.set(out);
      out = larger;
    } else if (stop !== 'block') {
      const used = Math.ceil(inflater.usedBits / 8);
      const bytes = out.subarray(0, Math.min(inflater.at, most));
      // So that the inflater, which stays, does not hold what it was fed.
      inflater.begin(0, 0);
      return { bytes, used, stop, wrong: inflater.wrong };
    }
  }
}

/** No byte of deflate becomes more. */
const MOST_RATIO = 1032;
/** Room behind the last byte, so that the inflater keeps to its fast way up to it. */
const SLACK = 260;
let usual: Inflater | undefined;
let long: Inflater | undefined;
