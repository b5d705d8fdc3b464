import type { Micros } from '@afterpatch/core/model/evidence.ts';

import type { Inputs, PageMessage, WorkerMessage } from './messages.ts';
import type { WorkerSource } from './worker-source.ts';

export interface RunOrder {
  readonly inputs: Inputs;
  readonly asOf: Micros | undefined;
  /** Workers that read. With one, the worker that assesses reads itself. */
  readonly workers: number;
}

/**
 * The workers of the page. One is started at once, so that the packs are ready when the evidence comes; those that read
 * are started with a run and end with it.
 */
export class AssessmentRun {
  readonly #source: WorkerSource;
  readonly #hear: (message: WorkerMessage) => void;
  #chief: Worker;
  #readers: readonly Worker[] = [];

  constructor(source: WorkerSource, hear: (message: WorkerMessage) => void) {
    this.#source = source;
    this.#hear = hear;
    this.#chief = this.#begin();
  }

  start({ inputs, asOf, workers }: RunOrder): void {
    const channels = workers < 2 ? [] : Array.from({ length: workers }, () => new MessageChannel());
    this.#readers = channels.map(({ port2 }, at) => {
      const reader = this.#source.start();
      reader.addEventListener('error', (event) => {
        event.preventDefault();
        const says = event.message === '' ? 'the worker ended' : event.message;
        send(this.#chief, { is: 'reader-lost', reader: at, says });
      });
      send(reader, { is: 'serve', inputs, port: port2 }, [port2]);
      return reader;
    });
    const ports = channels.map(({ port1 }) => port1);
    send(this.#chief, { is: 'assess', inputs, asOf, readers: ports }, ports);
  }

  /** Ends whatever runs; another run may be started afterwards. */
  stop(): void {
    for (const worker of [...this.#readers, this.#chief]) worker.terminate();
    this.#readers = [];
    this.#chief = this.#begin();
  }

  #begin(): Worker {
    const worker = this.#source.start();
    worker.addEventListener('message', ({ data }: MessageEvent<WorkerMessage>) => {
      if (worker === this.#chief) this.#hear(data);
    });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      const says = event.message === '' ? 'the worker could not be started' : event.message;
      if (worker === this.#chief) this.#hear({ is: 'failed', says });
    });
    return worker;
  }
}

function send(worker: Worker, message: PageMessage, ports: Transferable[] = []): void {
  worker.postMessage(message, ports);
}
