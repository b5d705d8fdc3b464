import { DEFAULT_SERVER } from './default-server.ts';
import type { Scenario } from './scenario.ts';

const DAY_MICROS = 86_400_000_000;

/** Requests a day are about 1,300 times this; a day of logs is then some 60 MB. */
const LOAD_VOLUME = 30;

/**
 * A busy server on which nothing happened: what a reader is timed on. One day more makes the specimen about 60 MB larger.
 *
 * @param days working days and weekends alike, the last one before the evidence was taken
 */
export function loadScenario(days: number): Scenario {
  const collected = Date.UTC(2021, 2, 20) * 1000;
  return {
    seed: 'load',
    server: { ...DEFAULT_SERVER, collected, logsFrom: collected - days * DAY_MICROS, proxyDays: days, ecpDays: days },
    acts: [],
    take: [],
    busy: 'all',
    volume: LOAD_VOLUME,
  };
}
