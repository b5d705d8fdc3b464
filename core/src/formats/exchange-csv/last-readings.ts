import type { Reading } from '../../model/reading.ts';

/** Keeps the last readings of an artifact back, because they may have to tell what the rows before them lack. */
export class LastReadings {
  readings: Reading[] = [];
  #joined = false;

  /** @returns the readings that are not the last ones any more */
  push(next: readonly Reading[]): readonly Reading[] {
    // A last line without a line end comes alone, and has no room to tell anything.
    if (next.length < FEW && !this.#joined) {
      this.readings.push(...next);
      this.#joined = this.readings.length > next.length;
      return [];
    }
    const passed = this.readings;
    this.readings = [...next];
    this.#joined = false;
    return passed;
  }
}

const FEW = 8;
