import { agentOf } from './call.ts';
import type { Agent } from './call.ts';
import { Dice } from './dice.ts';
import type { Server } from './scenario.ts';

/** Someone with a mailbox. Names, addresses and devices are invented; addresses are from documentation ranges. */
export interface Person {
  /** `CONTOSO\k.lindqvist`. */
  readonly account: string;
  readonly mail: string;
  /** As Exchange names a user in its event log: `contoso.example/Users/Karin Lindqvist`. */
  readonly canonical: string;
  readonly sid: string;
  readonly mailbox: string;
  readonly database: string;
  readonly office: string;
  readonly away: string;
  readonly device: string;
  readonly phone: Agent;
  readonly outlook: Agent;
  readonly browser: Agent;
}

/** The domain part of every account's SID. */
export const DOMAIN_SID: string = 'S-1-5-21-2204187113-1830296011-3187742016';

/** SID of the mailbox under which Exchange watches itself. */
export const WATCHER_SID: string = `${DOMAIN_SID}-1142`;

/** Everybody on the server; the first is its administrator. */
export function peopleOf(server: Server): readonly [Person, ...Person[]] {
  const dice = new Dice(`people of ${server.domain}`);
  const databases: readonly [string, ...string[]] = [dice.guid(), dice.guid()];
  const person = (index: number, prefix: string): Person => {
    const first = FIRST[index % FIRST.length] ?? 'Kim';
    const last = LAST[(index * 7) % LAST.length] ?? 'Berg';
    const name = `${prefix}${first.charAt(0).toLowerCase()}.${last.toLowerCase()}`;
    return {
      account: `${server.netbios}\\${name}`,
      mail: `${name}@${server.domain}`,
      canonical: `${server.domain}/Users/${first} ${last}${prefix === '' ? '' : ' (admin)'}`,
      sid: `${DOMAIN_SID}-${1605 + index}`,
      mailbox: dice.guid(),
      database: dice.pick(databases),
      office: `10.10.20.${20 + (index % 200)}`,
      away: `192.0.2.${10 + ((index * 3) % 240)}`,
      device: dice.hex(16).toUpperCase(),
      phone: agentOf(dice.pick(PHONES)),
      outlook: agentOf(dice.pick(OUTLOOKS)),
      browser: agentOf(dice.pick(BROWSERS)),
    };
  };
  const staff = Array.from({ length: 60 }, (_, index) => person(index + 1, ''));
  return [person(0, 'adm.'), ...staff];
}

const FIRST = [
  'Karin',
  'Jonas',
  'Amira',
  'Peter',
  'Lucia',
  'Tomas',
  'Ines',
  'Marek',
  'Sofia',
  'David',
  'Hanne',
  'Yusuf',
  'Clara',
];
const LAST = [
  'Lindqvist',
  'Keller',
  'Haddad',
  'Novak',
  'Moreau',
  'Berg',
  'Santos',
  'Olsen',
  'Weiss',
  'Iversen',
  'Okafor',
  'Rossi',
];

const PHONES: readonly [string, ...string[]] = [
  'Apple-iPhone12C1/1803.52',
  'Apple-iPhone10C3/1802.66',
  'Android-SAMSUNG-SM-G991B/101.30003',
  'Outlook-iOS-Android/1.0',
  'Apple-iPad11C1/1803.52',
];

const OUTLOOKS: readonly [string, ...string[]] = [
  'Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.13628; Pro)',
  'Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.4266; Pro)',
  'Microsoft Office/15.0 (Windows NT 6.1; Microsoft Outlook 15.0.5317; Pro)',
];

const BROWSERS: readonly [string, ...string[]] = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/88.0.4324.190 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:86.0) Gecko/20100101 Firefox/86.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/14.0.3 Safari/605.1.15',
  'Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko',
];
