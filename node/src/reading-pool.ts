import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';

import type { ArtifactReading } from '@afterpatch/core/engine/read-artifact.ts';
import type { Readers, ReadOrder } from '@afterpatch/core/engine/readers.ts';

/**
 * The other end of a `ReadingPool`: reads what it is told with a bench, in a worker.
 *
 * @param open lists the evidence; awaited once, and what it throws fails every reading
 */
export function serveReadings(port: MessagePort, open: (fault: FaultTold) => Promise<Readers>): void {
  const say = (answer: PoolAnswer): void => port.postMessage(answer);
  const bench = open((where, error) => say({ is: 'fault', where, error: cloneable(error) }));
  // Each order awaits it; this only keeps an early failure from ending the worker.
  bench.catch(() => undefined);
  port.on('message', ({ id, order }: PoolOrder) => {
    void (async () => {
      try {
        let told = performance.now();
        const reading = await (
          await bench
        ).read(order, (done) => {
          if (performance.now() - told < TELL_EVERY) return;
          told = performance.now();
          say({ is: 'bytes', id, done });
        });
        say({ is: 'reading', id, reading });
      } catch (error) {
        say({ is: 'failure', id, error: cloneable(error) });
      }
    })();
  });
}

type FaultTold = (where: string, error: unknown) => void;

/** Not everything that is thrown can be cloned. */
function cloneable(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const plain = new Error(error.message);
  plain.stack = error.stack ?? error.message;
  return plain;
}

/** What a reading worker is told. */
export interface PoolOrder {
  readonly id: number;
  readonly order: ReadOrder;
}

/** What a reading worker says. */
export type PoolAnswer =
  | { readonly is: 'bytes'; readonly id: number; readonly done: number }
  | { readonly is: 'fault'; readonly where: string; readonly error: unknown }
  | { readonly is: 'reading'; readonly id: number; readonly reading: ArtifactReading }
  | { readonly is: 'failure'; readonly id: number; readonly error: unknown };

export interface PoolOptions {
  readonly workers: number;
  /** Given to each worker as `workerData`; structured clone. */
  readonly workerData: unknown;
  /** Options of the Node that a worker runs in. */
  readonly execArgv?: readonly string[];
  readonly onFault?: FaultTold;
}

/**
 * Worker threads that read artifacts, each one artifact at a time. A worker that dies (out of memory, a fault of ours)
 * fails only the artifact it was reading, and another takes its place.
 */
export class ReadingPool implements Readers {
  readonly parallel: number;
  readonly #program: URL;
  readonly #options: PoolOptions;
  readonly #idle: Desk[] = [];
  readonly #all = new Set<Desk>();
  #next = 0;

  constructor(program: URL, options: PoolOptions) {
    this.#program = program;
    this.#options = options;
    this.parallel = options.workers;
  }

  async read(order: ReadOrder, onBytes: (done: number) => void): Promise<ArtifactReading> {
    const desk = this.#idle.pop() ?? this.#open();
    const id = this.#next++;
    try {
      return await new Promise((resolve, reject) => {
        desk.now = { id, onBytes, resolve, reject };
        const message: PoolOrder = { id, order };
        desk.worker.postMessage(message, []);
      });
    } finally {
      desk.now = undefined;
      if (this.#all.has(desk)) this.#idle.push(desk);
    }
  }

  async close(): Promise<void> {
    const desks = [...this.#all];
    this.#all.clear();
    await Promise.all(desks.map((desk) => desk.worker.terminate()));
  }

  #open(): Desk {
    const { workerData, execArgv } = this.#options;
    const worker = new Worker(this.#program, {
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
      workerData,
      ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
    });
    const desk: Desk = { worker, now: undefined };
    this.#all.add(desk);
    worker.on('message', (answer: PoolAnswer) => this.#hear(desk, answer));
    const gone = (error: Error): void => {
      this.#all.delete(desk);
      desk.now?.reject(error);
    };
    worker.on('error', (error) => gone(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', (code) => gone(new Error(`the reading worker ended with ${String(code)}`)));
    return desk;
  }

  #hear(desk: Desk, answer: PoolAnswer): void {
    if (answer.is === 'fault') this.#options.onFault?.(answer.where, answer.error);
    else if (answer.id !== desk.now?.id) return;
    else if (answer.is === 'bytes') desk.now.onBytes(answer.done);
    else if (answer.is === 'reading') desk.now.resolve(answer.reading);
    else desk.now.reject(answer.error);
  }
}

/** A worker, and what it reads now. */
interface Desk {
  readonly worker: Worker;
  now: Reading | undefined;
}

interface Reading {
  readonly id: number;
  readonly onBytes: (done: number) => void;
  readonly resolve: (reading: ArtifactReading) => void;
  readonly reject: (error: unknown) => void;
}

/** As many as there are cores, up to four: more of them cost memory and wait for the disk. */
export function usualWorkers(): number {
  return Math.max(1, Math.min(MOST_USUAL, availableParallelism()));
}

const MOST_USUAL = 4;
/** Records die young: a small nursery costs no time and keeps every worker small. */
const YOUNG_MEGABYTES = 8;
/** Milliseconds between two reports of progress. */
const TELL_EVERY = 100;
