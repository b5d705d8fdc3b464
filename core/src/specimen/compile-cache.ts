import { Dice } from './dice.ts';
import { writePe } from './pe-writer.ts';
import type { TreeFile } from './traces.ts';
import type { World } from './world.ts';

const CACHE = 'C/Windows/Microsoft.NET/Framework64/v4.0.30319/Temporary ASP.NET Files';

/**
 * What ASP.NET leaves when a page is asked for the first time: an XML file that names the page, and the library it was
 * compiled to. Both stay when the page itself is deleted.
 */
export function compiledPage(world: World, page: { readonly url: string; readonly at: number }): readonly TreeFile[] {
  const folder = cacheFolder(world, page.url);
  const dice = new Dice(`${world.server.name}|compiled|${page.url}`);
  const name = page.url.slice(page.url.lastIndexOf('/') + 1).toLowerCase();
  const assembly = `App_Web_${dice.word(8, 'abcdefghijklmnopqrstuvwxyz012345')}`;
  const text = `<?xml version="1.0" encoding="utf-8"?>\r\n<preserve resultType="3" virtualPath="${page.url}" hash="${dice.hex(4)}" filehash="${dice.hex(8)}" flags="110000" assembly="${assembly}" type="ASP.${name.replaceAll('.', '_')}">\r\n    <filedeps>\r\n        <filedep name="${page.url}" />\r\n    </filedeps>\r\n</preserve>\r\n`;
  const common = { source: 'compile-cache', modified: page.at * 1000 } as const;
  return [
    { ...common, path: `${folder}/${name}.${dice.hex(4)}.compiled`, content: text },
    {
      ...common,
      path: `${folder}/${assembly}.dll`,
      content: writePe({ fileVersion: '0.0.0.0', padding: new TextEncoder().encode(`specimen of ${assembly}`) }),
    },
  ];
}

/** What is there for every application, page or no page. */
export function shippedCache(world: World, at: number): readonly TreeFile[] {
  return ['root', 'owa', 'ecp', 'oab', 'autodiscover', 'ews', 'mapi', 'powershell'].map((application) => ({
    path: `${cacheFolder(world, application === 'root' ? '/' : `/${application}/`)}/hash/hash.web`,
    source: 'compile-cache',
    content: `${new Dice(`${world.server.name}|hash|${application}`).hex(8)}\r\n`,
    modified: at * 1000,
  }));
}

/** `…/owa/8d2a01f3/5c7be19a`: one folder an application, below it two hashes. */
function cacheFolder(world: World, url: string): string {
  const first = url.split('/')[1]?.toLowerCase() ?? '';
  const application = ['owa', 'ecp', 'oab', 'autodiscover', 'ews', 'mapi', 'powershell'].includes(first)
    ? first
    : 'root';
  const dice = new Dice(`${world.server.name}|cache|${application}`);
  return `${CACHE}/${application}/${dice.hex(4)}/${dice.hex(4)}`;
}
