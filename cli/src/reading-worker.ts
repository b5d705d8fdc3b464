import { parentPort, workerData } from 'node:worker_threads';

import { serveReadings } from '@afterpatch/node/reading-pool.ts';

import { openWorkerBench } from './engine-door.ts';
import type { ReadingWorkerOrder } from './engine-door.ts';

// A worker thread of an assessment: opens what the command line opened, and reads what it is told.
if (parentPort !== null) {
  const order = workerData as ReadingWorkerOrder;
  serveReadings(parentPort, (fault) => openWorkerBench(order, fault));
}
