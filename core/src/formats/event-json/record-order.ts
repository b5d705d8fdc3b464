/**
 * Decides whether an export is a log or a selection of one. Only an event whose record id follows that of the event
 * before it, of the same channel and machine and always in the same direction, proves that nothing stood between them.
 * After the first step of another size the channel of that machine is a selection, and stays one for the rest of the
 * file: beats around a hole would close it.
 */
export class RecordOrder {
  readonly #lasts = new Map<string, Last>();

  /** @returns whether the event is a heartbeat of its channel */
  follows(channel: string, host: string, recordId: string | undefined): boolean {
    const key = `${channel}\n${host}`;
    const last = this.#lasts.get(key);
    const id = recordId !== undefined && /^\d{1,15}$/.test(recordId) ? Number(recordId) : Number.NaN;
    if (last === undefined) {
      if (this.#lasts.size < KEYS) this.#lasts.set(key, { id, step: 0, isBroken: Number.isNaN(id) });
      return false;
    }
    const step = id - last.id;
    last.id = id;
    // The same event twice, as collectors that try again send it, is no hole.
    if (step === 0) return !last.isBroken;
    if (!(Math.abs(step) === 1) || (last.step !== 0 && step !== last.step)) last.isBroken = true;
    last.step = step;
    return !last.isBroken;
  }
}

interface Last {
  id: number;
  /** 1 for an export that begins with the oldest event, -1 for the other way round, 0 while there is one only. */
  step: number;
  isBroken: boolean;
}

const KEYS = 4096;
