import { tracesOf } from './act-traces.ts';
import { administrationOf } from './administration.ts';
import { copyLog } from './copy-log.ts';
import { ecpLogs } from './ecp-log.ts';
import { eventLogs } from './event-log.ts';
import { iisLogs } from './iis-log.ts';
import { oabLogs } from './oab-log.ts';
import { proxyLogs } from './proxy-log.ts';
import type { Scenario } from './scenario.ts';
import { setupLog } from './setup-log.ts';
import type { SpecimenFile } from './specimen-file.ts';
import { together } from './traces.ts';
import { trackingLogs } from './tracking-log.ts';
import { Requests } from './traffic.ts';
import { treeFiles } from './web-tree.ts';
import { World } from './world.ts';

export type { SpecimenFile } from './specimen-file.ts';

/**
 * The evidence of one Exchange server, as a collector would have copied it from its drives: logs, event logs, served
 * folders, configuration. Rows of different logs about one request agree with each other. Sorted by path; the same
 * scenario gives the same bytes; nothing is made before it is read.
 */
export function specimen(scenario: Scenario): readonly SpecimenFile[] {
  const world = new World(scenario);
  const traces = together([administrationOf(world), tracesOf(world, scenario.acts)]);
  const requests = new Requests(world, traces);
  const files = [
    ...iisLogs(world, requests),
    ...proxyLogs(world, requests),
    ...ecpLogs(world, traces.ecp),
    ...oabLogs(world),
    ...trackingLogs(world),
    ...eventLogs(world, traces),
    ...treeFiles(world, traces),
    ...setupLog(world),
  ].toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return [...files, ...copyLog(world, files)];
}
