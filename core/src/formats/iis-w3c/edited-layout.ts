import { foldedCaption, splitCsvRow } from '../../bytes/csv.ts';
import { clockAt, dayAt } from '../../bytes/stamp.ts';
import { isMasked } from '../exchange-csv/edited-value.ts';
import { COLUMN_LIMIT, namedLayout } from './layout.ts';
import type { Layout } from './layout.ts';

/** How the lines of an extract are to be cut, and what their values are. */
export interface EditedLayout extends Layout {
  readonly delimiter: string;
  /** Place of a column that holds date and time together, -1 where there is none. */
  readonly moment: number;
  /** Whether nothing but the number and form of the values says what they are. */
  readonly isAssumed: boolean;
}

/** Between values, the one of the log last, because it also stands in prose. */
export const DELIMITERS: readonly string[] = ['\t', ';', ',', ' '];

/** The values of a line; only between other separators than spaces do quotes mean something. */
export function valuesOf(text: string, delimiter: string): readonly string[] {
  if (delimiter !== ' ') return splitCsvRow(text, delimiter);
  return text.trim().split(/ +/, 2 * COLUMN_LIMIT);
}

/**
 * Reads the column line of an extract of an IIS log: with `#Fields:` or without, separated by spaces, tabs, semicolons or
 * commas, columns left out, in another order, in other case or in other words.
 */
export function editedLayout(line: string): EditedLayout | undefined {
  if (line.length > LINE_LIMIT) return undefined;
  const list = line.replace(/^\s{0,9}#\s?\p{L}{1,16}:\s{0,9}/u, '').trim();
  for (const delimiter of DELIMITERS) {
    const captions = valuesOf(list, delimiter);
    if (captions.length < 3 || captions.length > COLUMN_LIMIT) continue;
    const names = captions.map(nameOf);
    if (isTold(captions) || isMeant(names)) return layoutOfNames(names, delimiter, false);
  }
  return undefined;
}

/** The columns of a line that nobody named: those that IIS logs by default, if there are as many values of their form. */
export function defaultLayout(text: string): EditedLayout | undefined {
  // Asked of every line without a column line above it.
  if (text.length < SHORTEST || text.length > LINE_LIMIT) return undefined;
  for (const [delimiter, layout] of DEFAULTS) {
    const values = valuesOf(text, delimiter);
    if (values.length === DEFAULT_NAMES.length && FORMS.every(([place, form]) => fits(values[place] ?? '', form)))
      return layout;
  }
  return undefined;
}

function fits(value: string, form: (value: string) => boolean): boolean {
  return isMasked(value) || form(value);
}

function nameOf(caption: string): string {
  const plain = caption.trim();
  return CAPTIONS.get(foldedCaption(plain)) ?? plain;
}

/** Names that no other log has, whatever was done to their signs and case. */
function isTold(captions: readonly string[]): boolean {
  return captions.filter((caption) => OWN.has(foldedCaption(caption))).length >= 2;
}

/** Words that other tables have, too, but hardly any has them all. */
function isMeant(names: readonly string[]): boolean {
  return (
    ['cs-method', 'cs-uri-stem', 'sc-status', 'c-ip'].every((name) => names.includes(name)) &&
    names.some((name) => name === 'date' || name === 'time' || name === MOMENT)
  );
}

function layoutOfNames(names: readonly string[], delimiter: string, isAssumed: boolean): EditedLayout {
  const layout = namedLayout(names);
  return { ...layout, delimiter, moment: layout.places.get(MOMENT) ?? -1, isAssumed };
}

const MOMENT = 'date-time';
const LINE_LIMIT = 65_536;
const SHORTEST = 48;
const IIS_NAMES =
  'date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs-version cs(User-Agent) cs(Cookie) cs(Referer) cs(Host) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken X-Forwarded-For'.split(
    ' ',
  );
const OWN: ReadonlySet<string> = new Set(
  IIS_NAMES.filter((name) => /^(?:cs|sc|s|c)[-(]/.test(name)).map(foldedCaption),
);

/** Captions that people write for the columns, by the name of the column. */
const TRANSLATED: readonly (readonly [string, string])[] = [
  ['date', 'Datum|Fecha|Data|日付|日期|Дата|Tag'],
  ['time', 'Uhrzeit|Zeit|Heure|Hora|Ora|時刻|时间|Время|Time (UTC)|Zeit (UTC)'],
  [
    MOMENT,
    'Date Time|DateTime|Date and Time|Timestamp|Datum/Uhrzeit|Datum und Uhrzeit|Zeitstempel|Horodatage|Date et heure|Date/Heure|Fecha y hora|Data e ora|日時|日付と時刻|日期时间|Дата и время|_time|@timestamp|TimeGenerated|TimeGenerated [UTC]|DateTime [UTC]|Event time',
  ],
  [
    's-ip',
    'Server IP|Server-IP|Server IP address|IP serveur|IP du serveur|サーバー IP|destination.ip|destination.address',
  ],
  [
    'cs-method',
    'Method|HTTP method|Methode|HTTP-Methode|Méthode|Méthode HTTP|Método|Metodo|メソッド|方法|Метод|http.request.method',
  ],
  [
    'cs-uri-stem',
    'URI stem|URL stem|URL|URI|URL path|Path|Pfad|URL-Pfad|URI-Stamm|URL-Stamm|Chemin|Chemin URL|Racine URI|Ruta|Ruta URL|Percorso|パス|URL パス|URI ステム|路径',
  ],
  [
    'cs-uri-query',
    'URI query|URL query|Query|Query string|Abfrage|URI-Abfrage|Requête|Requête URI|Consulta|クエリ|查询',
  ],
  ['s-port', 'Port|Server port|Serverport|Puerto|Porta|ポート|端口|Порт|destination.port'],
  [
    'cs-username',
    'User|Username|User name|Benutzer|Benutzername|Utilisateur|Nom d’utilisateur|Usuario|Utente|ユーザー名|用户名',
  ],
  [
    'c-ip',
    'Client IP|Client-IP|Client IP address|Client-IP-Adresse|ClientIP|Source IP|Quell-IP|IP client|IP du client|Adresse IP client|Adresse IP du client|IP cliente|クライアント IP|クライアント IP アドレス|客户端 IP|source.ip|source.address|client.ip',
  ],
  [
    'cs(User-Agent)',
    'User agent|Benutzer-Agent|Benutzeragent|Agent utilisateur|Agente de usuario|ユーザー エージェント|用户代理|user_agent.original',
  ],
  ['cs(Referer)', 'Referer|Referrer'],
  [
    'sc-status',
    'Status|HTTP status|Status code|HTTP-Status|Statuscode|Statut|Statut HTTP|Code HTTP|Estado|Stato|状態|HTTP ステータス|状态|Статус|http.response.status_code',
  ],
  ['sc-substatus', 'Substatus|Sub status'],
  ['s-computername', 'Computer|Server name|Servername|host.name'],
  ['time-taken', 'Time taken|Duration|Dauer|Durée|Duración|所要時間'],
];
const CAPTIONS: ReadonlyMap<string, string> = new Map([
  ...TRANSLATED.flatMap(([name, captions]) =>
    captions.split('|').map((caption) => [foldedCaption(caption), name] as const),
  ),
  ...IIS_NAMES.map((name) => [foldedCaption(name), name] as const),
]);

/** What IIS 7 and later log unless told otherwise. */
const DEFAULT_NAMES: readonly string[] =
  'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken'.split(
    ' ',
  );
const DEFAULTS: readonly (readonly [string, EditedLayout])[] = DELIMITERS.map((delimiter) => [
  delimiter,
  layoutOfNames(DEFAULT_NAMES, delimiter, true),
]);
const FORMS: readonly (readonly [number, (value: string) => boolean])[] = [
  [0, (value) => value.length === 10 && dayAt(value, 0) !== undefined],
  [1, (value) => value.length === 8 && clockAt(value, 0) !== undefined],
  [2, isAddress],
  [3, (value) => /^[A-Z_]{3,20}$/.test(value)],
  [4, (value) => value.startsWith('/') || value === '*'],
  [6, (value) => /^\d{1,5}$/.test(value)],
  [8, isAddress],
  [11, (value) => /^\d{3}$/.test(value)],
  [12, (value) => /^\d{1,5}$/.test(value)],
  [13, (value) => /^\d{1,10}$/.test(value)],
  [14, (value) => /^\d{1,10}$/.test(value)],
];

/** IPv4 or IPv6, also with a part of it blotted out. */
function isAddress(value: string): boolean {
  return /^(?:[\dxX*]{1,3}\.){3}[\dxX*]{1,3}$|^(?=[^:]*:)[\da-fA-F:.%xX*]{2,48}$/.test(value);
}
