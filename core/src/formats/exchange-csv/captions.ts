import { foldedCaption } from '../../bytes/csv.ts';
import { PROXY_LAYOUT } from './headless-row.ts';
import { isExtract } from './family.ts';
import { COLUMN_LIMIT, rowValues } from './quoted-row.ts';

/** The column line of an extract that somebody changed on the way. */
export interface EditedHeader {
  /** As the log spells them; a caption that means no column of the log stays as it is. */
  readonly names: readonly string[];
  readonly delimiter: string;
  /** `assumed`: a caption that nobody understands was taken for the column that the log has in its place. */
  readonly layout: 'named' | 'assumed';
}

/**
 * Reads the column line of an extract: separated by comma, semicolon or tab, captions in other case, with spaces, or
 * translated. Where the line has exactly the 74 columns of the log, most of them in their places, the rest are too.
 */
export function editedHeader(line: string): EditedHeader | undefined {
  if (line.length > LINE_LIMIT) return undefined;
  let best: EditedHeader | undefined;
  for (const delimiter of DELIMITERS) {
    const captions = rowValues(line.trim(), delimiter);
    if (captions.length <= (best?.names.length ?? 0) || captions.length > COLUMN_LIMIT) continue;
    const names = captions.map((caption, place) => nameOf(caption, place));
    const header = isEdited(names) ? placed(names, delimiter) : undefined;
    if (header !== undefined) best = header;
  }
  return best;
}

function nameOf(caption: string, place: number): string {
  const plain = caption
    .replace(place === 0 ? /^#\s?(?:fields:?)?/i : /^(?!)/, '')
    .replaceAll(/^["“”'\s]+|["“”'\s]+$/g, '');
  return CAPTIONS.get(foldedCaption(plain)) ?? plain;
}

/** Words like Status or Server head many tables; one that also names an anchor or a URL stem is of this log. */
function isEdited(names: readonly string[]): boolean {
  const known = names.filter((name) => LOG_NAMES.has(name));
  if (names.length < 2 || !isExtract(names)) return false;
  if (names.includes('AnchorMailbox') || names.includes('EventData')) return true;
  // An IIS log says as much in other words, and its reader comes after this one.
  return known.length >= 4 && known.some((name) => !SHARED_WITH_IIS.has(name));
}

function placed(names: readonly string[], delimiter: string): EditedHeader {
  const isWhole = names.length === PROXY_LAYOUT.length;
  const unknown = names.filter((name) => !LOG_NAMES.has(name)).length;
  const inPlace = names.filter((name, place) => PROXY_LAYOUT[place] === name).length;
  if (!isWhole || unknown === 0 || inPlace < names.length - unknown || inPlace < names.length / 2)
    return { names, delimiter, layout: 'named' };
  return { names: PROXY_LAYOUT, delimiter, layout: 'assumed' };
}

const LINE_LIMIT = 32_768;
const DELIMITERS = [',', ';', '\t'];
const ECP_NAMES = ['TimeStamp', 'MyTimeStamp', 'ServerName', 'EventId', 'EventData'];
const SHARED_WITH_IIS: ReadonlySet<string> = new Set([
  'DateTime',
  'TimeStamp',
  'UrlStem',
  'UrlQuery',
  'Method',
  'HttpStatus',
  'ClientIpAddress',
  'UserAgent',
  'AuthenticatedUser',
  'ServerHostName',
  'ServerName',
  'UrlHost',
]);
const LOG_NAMES: ReadonlySet<string> = new Set([...PROXY_LAYOUT, ...ECP_NAMES]);

/** Captions that people write for columns of the HttpProxy and ECP logs, in the languages of those who asked for help. */
const TRANSLATED: readonly (readonly [string, string])[] = [
  [
    'DateTime',
    'Date Time|Date and Time|Date/Heure|Date et heure|Horodatage|Datum/Uhrzeit|Datum und Uhrzeit|Zeitstempel|Datum Zeit|Fecha y hora|Fecha/Hora|Data e ora|Data/ora|日時|日付と時刻|日期时间|Дата и время|_time|@timestamp|TimeGenerated|TimeGenerated [UTC]|DateTime [UTC]|Event time',
  ],
  [
    'RequestId',
    'Request ID|ID de requête|Identifiant de requête|Anforderungs-ID|Anfrage-ID|ID de solicitud|ID richiesta|要求 ID|リクエスト ID|请求 ID',
  ],
  ['Protocol', 'Protocole|Protokoll|Protocolo|Protocollo|プロトコル|协议|Протокол'],
  ['UrlHost', 'URL Host|Hôte URL|Hôte de l’URL|URL-Host|Host der URL|Host de la URL|Host URL|URL ホスト'],
  [
    'UrlStem',
    'URL Stem|URL path|Chemin URL|Chemin de l’URL|Racine URL|URL-Stamm|URL-Pfad|Stamm der URL|Ruta URL|Percorso URL|URL ステム|URL パス|URL 路径',
  ],
  [
    'UrlQuery',
    'URL Query|Requête URL|Requête de l’URL|URL-Abfrage|URL-Query|Consulta URL|Query URL|URL クエリ|URL 查询',
  ],
  [
    'AuthenticationType',
    'Authentication type|Type d’authentification|Authentifizierungstyp|Authentifizierungsart|Tipo de autenticación|Tipo di autenticazione|認証の種類|认证类型',
  ],
  [
    'IsAuthenticated',
    'Is authenticated|Authenticated|Authentifié|Est authentifié|Authentifiziert|Angemeldet|Autenticado|Autenticato|認証済み|已认证',
  ],
  [
    'AuthenticatedUser',
    'Authenticated user|Utilisateur authentifié|Authentifizierter Benutzer|Angemeldeter Benutzer|Usuario autenticado|Utente autenticato|認証されたユーザー|认证用户',
  ],
  [
    'AnchorMailbox',
    'Anchor Mailbox|Boîte aux lettres d’ancrage|Boîte d’ancrage|Boîte aux lettres ancre|Ankerpostfach|Anker-Postfach|Anker Mailbox|Buzón de anclaje|Buzón ancla|Cassetta postale di ancoraggio|Casella di ancoraggio|アンカー メールボックス|锚点邮箱|Якорный почтовый ящик',
  ],
  [
    'UserAgent',
    'User Agent|Agent utilisateur|Benutzer-Agent|Benutzeragent|Agente de usuario|Agente utente|ユーザー エージェント|用户代理',
  ],
  [
    'ClientIpAddress',
    'Client IP address|Client IP|ClientIP|Client address|Adresse IP client|Adresse IP du client|IP client|Client-IP-Adresse|Client-IP|IP-Adresse des Clients|Dirección IP del cliente|Indirizzo IP client|クライアント IP アドレス|クライアント IP|客户端 IP 地址|IP-адрес клиента',
  ],
  [
    'ServerHostName',
    'Server host name|Nom d’hôte du serveur|Nom du serveur|Serveur|Serverhostname|Server-Hostname|Servername des Hosts|Nombre de host del servidor|Nome host server|サーバー ホスト名|服务器主机名|Имя сервера',
  ],
  [
    'HttpStatus',
    'HTTP status|HTTP status code|Statut HTTP|État HTTP|Code HTTP|Code d’état HTTP|HTTP-Status|HTTP-Statuscode|Estado HTTP|Código HTTP|Stato HTTP|HTTP ステータス|HTTP 状態|HTTP 状态|Состояние HTTP',
  ],
  [
    'BackEndStatus',
    'Back-end status|Backend status|Statut back-end|Statut du serveur principal|État back-end|Backend-Status|Back-End-Status|Estado back-end|Estado del backend|Stato back-end|バックエンド ステータス|后端状态',
  ],
  ['ErrorCode', 'Error code|Code d’erreur|Fehlercode|Código de error|Codice errore|エラー コード|错误代码'],
  ['Method', 'HTTP method|Méthode|Méthode HTTP|Methode|HTTP-Methode|Método|Metodo|メソッド|方法|Метод'],
  [
    'TargetServer',
    'Target server|Serveur cible|Zielserver|Servidor de destino|Server di destinazione|ターゲット サーバー|目标服务器',
  ],
  [
    'TargetServerVersion',
    'Target server version|Version du serveur cible|Zielserverversion|Version des Zielservers|Versión del servidor de destino|Versione server di destinazione|ターゲット サーバーのバージョン',
  ],
  [
    'RoutingHint',
    'Routing hint|Indication de routage|Indice de routage|Routing-Hinweis|Routinghinweis|Sugerencia de enrutamiento|Suggerimento di routing|ルーティング ヒント|路由提示',
  ],
  ['BackEndCookie', 'Back-end cookie|Backend cookie|Cookie back-end|Backend-Cookie|バックエンド Cookie'],
  ['GenericInfo', 'Generic info|Informations génériques|Allgemeine Informationen|Información genérica'],
  ['TimeStamp', 'Time stamp'],
  ['ServerName', 'Server name'],
  ['EventId', 'Event ID'],
  ['EventData', 'Event data|Données d’événement|Ereignisdaten|Datos del evento|Dati evento|イベント データ'],
];
const CAPTIONS: ReadonlyMap<string, string> = new Map([
  ...TRANSLATED.flatMap(([name, captions]) =>
    captions.split('|').map((caption) => [foldedCaption(caption), name] as const),
  ),
  ...[...PROXY_LAYOUT, ...ECP_NAMES].map((name) => [foldedCaption(name), name] as const),
]);
