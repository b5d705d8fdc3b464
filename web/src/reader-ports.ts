import type { ArtifactReading } from '@afterpatch/core/engine/read-artifact.ts';
import type { ReadOrder, Readers } from '@afterpatch/core/engine/readers.ts';

import type { ReaderAnswer, ReaderMessage } from './reader-messages.ts';

/** The part of a `MessagePort` that is needed here. */
export interface AnsweringPort {
  postMessage(message: ReaderMessage, transfer: []): void;
  addEventListener(type: 'message', hear: (event: { readonly data: ReaderAnswer }) => void): void;
  start(): void;
}

/**
 * Workers that read, each behind a port. A worker that is lost takes the artifact with it that it was reading; the others
 * go on with the rest.
 */
export class ReaderPorts implements Readers {
  readonly parallel: number;
  readonly #ports: readonly PortReader[];
  readonly #idle: PortReader[];
  readonly #waiting: ((reader: PortReader | undefined) => void)[] = [];

  /** @param fault told about every fault of ours that a reader met */
  constructor(ports: readonly AnsweringPort[], fault: (where: string, says: string) => void) {
    this.parallel = ports.length;
    this.#ports = ports.map((port) => new PortReader(port, fault));
    this.#idle = [...this.#ports];
  }

  async read(order: ReadOrder, onBytes: (done: number) => void): Promise<ArtifactReading> {
    const reader = await this.#free();
    if (reader === undefined) throw new Error('expected a worker to read with, all of them were lost');
    try {
      return await reader.read(order, onBytes);
    } finally {
      this.#release(reader);
    }
  }

  lose(at: number, says: string): void {
    const reader = this.#ports[at];
    if (reader === undefined || reader.isLost) return;
    reader.lose(says);
    const idle = this.#idle.indexOf(reader);
    if (idle >= 0) this.#idle.splice(idle, 1);
    if (this.#ports.every((one) => one.isLost)) for (const wake of this.#waiting.splice(0)) wake(undefined);
  }

  #free(): Promise<PortReader | undefined> {
    const reader = this.#idle.pop();
    if (reader !== undefined || this.#ports.every((one) => one.isLost)) return Promise.resolve(reader);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #release(reader: PortReader): void {
    if (reader.isLost) return;
    const wake = this.#waiting.shift();
    if (wake === undefined) this.#idle.push(reader);
    else wake(reader);
  }
}

interface Pending {
  readonly onBytes: (done: number) => void;
  readonly resolve: (reading: ArtifactReading) => void;
  readonly reject: (error: Error) => void;
}

class PortReader {
  isLost = false;
  readonly #port: AnsweringPort;
  #pending: Pending | undefined;

  constructor(port: AnsweringPort, fault: (where: string, says: string) => void) {
    this.#port = port;
    port.addEventListener('message', ({ data: answer }) => {
      if (answer.is === 'bytes') this.#pending?.onBytes(answer.done);
      else if (answer.is === 'fault') fault(answer.where, answer.says);
      else if (answer.is === 'reading') this.#take()?.resolve(answer.reading);
      else this.#take()?.reject(new Error(answer.says));
    });
    port.start();
  }

  read(order: ReadOrder, onBytes: (done: number) => void): Promise<ArtifactReading> {
    return new Promise((resolve, reject) => {
      this.#pending = { onBytes, resolve, reject };
      this.#port.postMessage({ order }, []);
    });
  }

  lose(says: string): void {
    this.isLost = true;
    this.#take()?.reject(new Error(says));
  }

  #take(): Pending | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }
}
