import { expect, test } from 'vitest';

import type { ArtifactReading } from '../../core/src/engine/read-artifact.ts';
import type { ReadOrder } from '../../core/src/engine/readers.ts';
import type { ReaderAnswer, ReaderMessage } from './reader-messages.ts';
import { ReaderPorts } from './reader-ports.ts';
import type { AnsweringPort } from './reader-ports.ts';

const order = (index: number): ReadOrder => ({ index, path: `${index}`, original: undefined, role: 'evidence' });
const ignore = (): void => undefined;

class FakePort implements AnsweringPort {
  readonly asked: ReadOrder[] = [];
  #hear: (event: { readonly data: ReaderAnswer }) => void = ignore;

  postMessage(message: ReaderMessage): void {
    this.asked.push(message.order);
  }

  addEventListener(_: 'message', hear: (event: { readonly data: ReaderAnswer }) => void): void {
    this.#hear = hear;
  }

  start(): void {
    this.asked.length = 0;
  }

  say(data: ReaderAnswer): void {
    this.#hear({ data });
  }

  done(size: number): void {
    this.say({ is: 'reading', reading: { size } as ArtifactReading });
  }
}

async function settle(): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

test('each worker has one artifact at a time, and progress and faults reach those who wait for them', async () => {
  const ports = [new FakePort(), new FakePort()];
  const faults: string[] = [];
  const readers = new ReaderPorts(ports, (where, says) => faults.push(`${where}: ${says}`));
  const bytes: number[] = [];
  const readings = [0, 1, 2].map((index) => readers.read(order(index), (done) => bytes.push(index, done)));
  await settle();
  expect(ports.map((port) => port.asked.map((one) => one.index))).toEqual([[1], [0]]);
  ports[0]?.say({ is: 'bytes', done: 7 });
  ports[0]?.say({ is: 'fault', where: '1', says: 'odd' });
  ports[0]?.done(1);
  await settle();
  expect(ports[0]?.asked.map((one) => one.index)).toEqual([1, 2]);
  ports[0]?.done(2);
  ports[1]?.done(0);
  expect((await Promise.all(readings)).map((reading) => reading.size)).toEqual([0, 1, 2]);
  expect({ bytes, faults }).toEqual({ bytes: [1, 7], faults: ['1: odd'] });
});

test('a worker that is lost takes one artifact with it; when all are lost, nobody waits for ever', async () => {
  const ports = [new FakePort(), new FakePort()];
  const readers = new ReaderPorts(ports, ignore);
  const readings = [0, 1, 2, 3].map((index) =>
    readers.read(order(index), ignore).then(
      (reading) => reading.size,
      (error: unknown) => (error instanceof Error ? error.message : 'none'),
    ),
  );
  await settle();
  readers.lose(1, 'out of memory');
  await settle();
  ports[0]?.done(1);
  await settle();
  expect(ports[0]?.asked.map((one) => one.index)).toEqual([1, 2]);
  readers.lose(0, 'out of memory');
  readers.lose(0, 'again');
  const lost = 'expected a worker to read with, all of them were lost';
  expect(await Promise.all(readings)).toEqual(['out of memory', 1, 'out of memory', lost]);
  await expect(readers.read(order(9), ignore)).rejects.toThrow(lost);
});
