import { byteText } from '@afterpatch/core/export/figures.ts';
import { headOf, textWidth } from '@afterpatch/core/export/text-width.ts';
import { escapeForTerminal } from '@afterpatch/core/export/escape.ts';
import type { Progress } from '@afterpatch/core/model/host.ts';

import type { TextStream } from './terminal.ts';

/** The one line on stderr that says how far a run is; it draws only where there is a terminal. */
export class ProgressLine {
  readonly #stream: TextStream;
  readonly #now: () => number;
  readonly #pace = new Pace();
  #drawnAt = Number.NEGATIVE_INFINITY;
  #drawn = false;

  /** @param now milliseconds of any clock that only goes forward */
  constructor(stream: TextStream, now: () => number) {
    this.#stream = stream;
    this.#now = now;
  }

  show(progress: Progress): void {
    const now = this.#now();
    this.#pace.note(progress, now);
    if (this.#stream.isTTY !== true || now - this.#drawnAt < REDRAW) return;
    this.#drawnAt = now;
    this.#drawn = true;
    this.#stream.write(
      `\r${progressText(progress, this.#pace.left(progress), this.#stream.columns ?? 80)}\u001b[K`,
      ignored,
    );
  }

  /** Takes the line away; the next text starts at the edge. */
  clear(): void {
    if (this.#drawn) this.#stream.write('\r\u001b[K', ignored);
    this.#drawn = false;
  }
}

/**
 * How long a run will still take, by the bytes of its phase: the slower of the pace of the whole phase and of the last
 * seconds. Nothing is said before it can be known, which is after three seconds and two percent.
 */
export class Pace {
  #phase: Progress['phase'] | undefined;
  #started = 0;
  #now = 0;
  #marks: { readonly at: number; readonly bytes: number }[] = [];

  note(progress: Progress, now: number): void {
    if (progress.phase !== this.#phase) {
      this.#phase = progress.phase;
      this.#started = now;
      this.#marks = [{ at: now, bytes: progress.bytesDone }];
    }
    this.#now = now;
    const last = this.#marks.at(-1);
    if (last !== undefined && now - last.at >= MARK_EVERY) {
      this.#marks.push({ at: now, bytes: progress.bytesDone });
      while (this.#marks.length > 2 && now - (this.#marks[1]?.at ?? now) > RECENT) this.#marks.shift();
    }
  }

  /** Milliseconds; `undefined` while nobody can know. */
  left(progress: Progress): number | undefined {
    const elapsed = this.#now - this.#started;
    const { bytesDone, bytesTotal } = progress;
    if (elapsed < 3000 || bytesTotal <= 0 || bytesDone < bytesTotal * 0.02) return undefined;
    const overall = bytesDone / elapsed;
    const mark = this.#marks[0];
    const recent =
      mark === undefined || this.#now - mark.at < 1000 ? overall : (bytesDone - mark.bytes) / (this.#now - mark.at);
    const pace = Math.min(overall, recent);
    return pace <= 0 ? undefined : (bytesTotal - bytesDone) / pace;
  }
}

/** `reading 43 %  1.2 GiB of 2.8 GiB  about 2 min left  u_ex210303.log`, in at most `width - 1` cells. */
export function progressText(progress: Progress, left: number | undefined, width: number): string {
  const { phase, bytesDone, bytesTotal, path } = progress;
  const parts = [PHASES[phase]];
  if (phase === 'list') parts[0] = `listing ${progress.artifactsDone} files`;
  else if (bytesTotal > 0 && phase !== 'judge') {
    // Never 100 before it is done.
    parts.push(`${Math.min(99, Math.floor((bytesDone / bytesTotal) * 100))} %`);
    parts.push(`${byteText(bytesDone)} of ${byteText(bytesTotal)}`);
  }
  if (left !== undefined && phase !== 'judge') parts.push(leftText(left));
  const line = parts.join('  ');
  const name = escapeForTerminal(path.slice(path.lastIndexOf('/') + 1));
  const room = width - 1 - textWidth(line) - 2;
  return room < 8 || name === '' ? headOf(line, width - 1) : `${line}  ${headOf(name, room)}`;
}

function leftText(left: number): string {
  const seconds = left / 1000;
  if (seconds < 60) return `about ${Math.max(5, Math.ceil(seconds / 5) * 5)} s left`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `about ${minutes} min left` : `about ${Math.ceil(minutes / 60)} h left`;
}

function ignored(): void {
  // A progress line that is lost is no loss.
}

const PHASES: Readonly<Record<Progress['phase'], string>> = {
  list: 'listing',
  hash: 'hashing',
  read: 'reading',
  judge: 'judging',
};
const REDRAW = 100;
const MARK_EVERY = 500;
const RECENT = 10_000;
