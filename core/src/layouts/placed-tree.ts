/**
 * Whether a folder of the evidence lies among the files of a server although no drive stands above it, as where somebody
 * copied `inetpub` alone: below `inetpub`, `Program Files` or the `V15` folder of Exchange.
 *
 * @param folder empty or ending in `/`
 * @param options.isBroad also below `Windows` and `Users`, as which cases may be sorted too
 */
export function isPlaced(folder: string, { isBroad }: { isBroad: boolean }): boolean {
  return (isBroad ? BROAD : NARROW).test(folder);
}

const TREES = 'inetpub|program files(?: \\(x86\\))?|exchange server/v15|microsoft/exchange server';
const NARROW = new RegExp(`(?:^|/)(?:${TREES})/`, 'i');
const BROAD = new RegExp(`(?:^|/)(?:${TREES}|v15|windows|users|programdata)/`, 'i');
