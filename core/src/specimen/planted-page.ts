import type { ShellFileAct } from './act.ts';
import type { Intruder } from './forgery.ts';
import { harmlessPage, inertClassicPage, inertPage, logonScript, oabDump } from './fragment.ts';
import type { Source } from './scenario.ts';
import { setupStamp } from './stamp.ts';
import { NO_TRACES } from './traces.ts';
import type { Traces } from './traces.ts';
import { diskPath, sourceOfUrl } from './web-tree.ts';
import type { World } from './world.ts';

/** A page that somebody put on the server, where the site serves its URL from or anywhere else on the disk. */
export function shellFile(world: World, intruder: Intruder, act: ShellFileAct): Traces {
  const content = contentOf(world, intruder, act);
  const path = act.disk ?? diskPath(world.server, act.path);
  const source = act.disk === undefined ? sourceOfUrl(act.path) : sourceOfDisk(world, act.disk);
  return { ...NO_TRACES, files: [{ path, source, content, modified: act.dated ?? act.at }] };
}

function contentOf(world: World, intruder: Intruder, act: ShellFileAct): string {
  const at = Math.floor(act.at / 1000);
  switch (act.style) {
    case 'oab':
      return oabDump(world, {
        guid: intruder.directory,
        build: world.build(at),
        changed: setupStamp(at).slice(0, 19),
      });
    case 'plain':
      return inertPage();
    case 'classic':
      return inertClassicPage();
    case 'thief':
    case 'logon':
      return logonScript(act.style === 'thief');
    default:
      return harmlessPage();
  }
}

/** The tree that an evidence path lies in, if any. */
function sourceOfDisk(world: World, path: string): Source | undefined {
  const { install } = world.server;
  if (path.startsWith(`${install}/ClientAccess/`)) return 'back-end-tree';
  if (path.startsWith(`${install}/FrontEnd/HttpProxy/`)) return 'front-end-tree';
  return path.startsWith('C/inetpub/wwwroot/') ? 'web-root' : undefined;
}
