import type { Act } from './act.ts';
import { DEFAULT_SERVER } from './default-server.ts';
import type { Scenario } from './scenario.ts';

const PAGE = '/aspnet_client/Kq7TzB3n.aspx';

/**
 * A small realistic incident: a server that was broken into two days before it was patched, with a web shell that was
 * used and is still there, a public scanner, a hunter of shells, and the logs of three weeks only.
 */
export function demoScenario(): Scenario {
  const server = {
    ...DEFAULT_SERVER,
    logsFrom: micros(2021, 2, 15, 0, 0, 0),
    collected: micros(2021, 3, 6, 7, 0, 0),
    proxyDays: 3,
    ecpDays: 14,
  };
  return { seed: 'demo', server, acts: acts(), take: [], busy: ['2021-03-03'], volume: 0.6 };
}

function acts(): readonly Act[] {
  const intruder = { from: '203.0.113.45', session: 'intruder' };
  const status = 200;
  const count = 1;
  return [
    { act: 'ssrf-autodiscover', at: micros(2021, 3, 3, 4, 11, 2), status, count, ...intruder },
    { act: 'ssrf-mapi', at: micros(2021, 3, 3, 4, 11, 3), status, count, ...intruder },
    { act: 'proxylogon', at: micros(2021, 3, 3, 4, 11, 5), status: 241, count, ...intruder },
    { act: 'ddi-get-object', at: micros(2021, 3, 3, 4, 11, 6), status, count, ...intruder },
    { act: 'ddi-set-object', at: micros(2021, 3, 3, 4, 11, 8), ...intruder },
    { act: 'ddi-reset-object', at: micros(2021, 3, 3, 4, 11, 10), executed: true, path: PAGE, ...intruder },
    { act: 'shell-file', at: micros(2021, 3, 3, 4, 11, 11), path: PAGE, style: 'oab', ...intruder },
    { act: 'ddi-clean-up', at: micros(2021, 3, 3, 4, 11, 14), ...intruder },
    {
      act: 'shell-request',
      at: micros(2021, 3, 3, 4, 13, 2),
      path: PAGE,
      method: 'POST',
      status,
      count: 4,
      ...intruder,
    },
    { act: 'compiled-page', at: micros(2021, 3, 3, 4, 13, 2), path: PAGE, ...intruder },
    { act: 'command', at: micros(2021, 3, 4, 2, 20, 31), line: 'whoami', ...intruder },
    {
      act: 'shell-request',
      at: micros(2021, 3, 4, 2, 20, 31),
      path: PAGE,
      method: 'POST',
      status,
      count: 1,
      ...intruder,
    },
    { act: 'public-scanner', at: micros(2021, 3, 5, 10, 36, 41), from: '198.51.100.23', session: 'scanner', count: 3 },
    { act: 'shell-hunter', at: micros(2021, 3, 5, 19, 40, 10), from: '198.51.100.77', session: 'hunter', count: 8 },
  ];
}

/** Month from 1. */
function micros(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  return Date.UTC(year, month - 1, day, hour, minute, second) * 1000;
}
