import { assess } from '@afterpatch/core/engine/assess.ts';
import { openBench } from '@afterpatch/core/engine/bench.ts';
import { caseText } from '@afterpatch/core/export/canonical-json.ts';
import type { ReadOrder } from '@afterpatch/core/engine/readers.ts';
import type { Hasher, Host } from '@afterpatch/core/model/host.ts';
import type { LoadedPack } from '@afterpatch/core/packs/pack-check.ts';

import { version } from 'afterpatch:edition';

import { bundledPacks } from './bundled-packs.ts';
import { viewCase } from './case-view.ts';
import { openDecryption } from './decryption.ts';
import { openDropped, RefusedEvidence } from './dropped-files.ts';
import { openHashing } from './hashing.ts';
import type { Inputs, PageMessage, WorkerMessage } from './messages.ts';
import type { ReaderAnswer, ReaderMessage } from './reader-messages.ts';
import { ReaderPorts } from './reader-ports.ts';
import { throttled } from './throttle.ts';

/** The worker that assesses, and, started with another message, a worker that reads artifacts for it. */

interface Room {
  readonly sha256: () => Hasher;
  readonly packs: readonly LoadedPack[];
}

let readers: ReaderPorts | undefined;
const room = openRoom();
room.catch((error: unknown) => tell({ is: 'failed', says: stackOf(error) }));

addEventListener('message', ({ data: message }: MessageEvent<PageMessage>) => {
  if (message.is === 'assess') void runAssessment(message);
  else if (message.is === 'serve') serve(message);
  else readers?.lose(message.reader, message.says);
});

async function openRoom(): Promise<Room> {
  const sha256 = await openHashing();
  const packs = bundledPacks(sha256);
  tell({ is: 'ready', packs: packs.map((pack) => `${pack.id} ${pack.version}`) });
  return { sha256, packs };
}

async function runAssessment(order: PageMessage & { readonly is: 'assess' }): Promise<void> {
  try {
    const { sha256, packs } = await room;
    const fault = (where: string, says: string): void => tell({ is: 'fault', where, says });
    const host: Host = {
      sha256,
      progress: throttled(TOLD_EVERY, (now) => tell({ is: 'progress', now })),
      fault: (where, error) => fault(where, stackOf(error)),
    };
    const sources = await open(order.inputs, host);
    if (order.readers.length > 0) readers = new ReaderPorts(order.readers, fault);
    const options = { version, ...(order.asOf === undefined ? {} : { asOf: order.asOf }) };
    const caseFile = await assess({ sources, packs, options }, host, () => readers);
    const text = new Blob([caseText(caseFile)], { type: 'application/json' });
    tell({ is: 'done', view: viewCase(caseFile), caseFile: text });
  } catch (error) {
    if (error instanceof RefusedEvidence) tell({ is: 'refused', says: error.message });
    else tell({ is: 'failed', says: stackOf(error) });
  }
}

/** Lists the same evidence as the worker that assesses, and reads from it what it is told to. */
function serve({ inputs, port }: PageMessage & { readonly is: 'serve' }): void {
  const answer = (message: ReaderAnswer): void => port.postMessage(message, []);
  const fault = (where: string, error: unknown): void => answer({ is: 'fault', where, says: stackOf(error) });
  const opening = room.then(async ({ sha256, packs }) => {
    const host: Host = { sha256, fault };
    return await openBench({ sources: await open(inputs, host), packs }, host);
  });
  // Whoever orders the first artifact hears of it.
  opening.catch(() => undefined);
  const read = async (order: ReadOrder): Promise<void> => {
    try {
      const bench = await opening;
      const onBytes = throttled(TOLD_EVERY, (done: number) => answer({ is: 'bytes', done }));
      answer({ is: 'reading', reading: await bench.read(order, onBytes) });
    } catch (error) {
      answer({ is: 'failed', says: error instanceof Error ? error.message : String(error) });
    }
  };
  port.addEventListener('message', ({ data }: MessageEvent<ReaderMessage>) => void read(data.order));
  port.start();
}

async function open({ evidence, passwords }: Inputs, host: Host): ReturnType<typeof openDropped> {
  const files = new FileReaderSync();
  const encoder = new TextEncoder();
  return await openDropped(evidence, (blob) => files.readAsArrayBuffer(blob), {
    passwords: passwords.map((password) => encoder.encode(password)),
    decryption: await openDecryption(),
    fault: (where, error) => host.fault?.(where, error),
  });
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function tell(message: WorkerMessage): void {
  postMessage(message, []);
}

/** Milliseconds. */
const TOLD_EVERY = 100;
