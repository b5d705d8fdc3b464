import { foldedCaption, splitCsvRow } from '../../bytes/csv.ts';

/** What the first row of an export says of the rows below it. */
export interface Header {
  readonly delimiter: string;
  /** The members that the flat reader knows, other columns by their captions. */
  readonly names: readonly string[];
  readonly text: string;
}

/** The header that a row is, or `undefined` where it names no event id, or neither channel nor provider. */
export function headerOf(text: string): Header | undefined {
  if (text.length > HEADER_LIMIT) return undefined;
  let best: Header | undefined;
  for (const delimiter of DELIMITERS) {
    const names = splitCsvRow(text, delimiter).map((caption) => nameOf(caption.trim()));
    if (names.length > (best?.names.length ?? 2) && isEventHeader(names)) best = { delimiter, names, text };
  }
  return best;
}

/** `#TYPE …` of Export-Csv, `sep=;` of a spreadsheet, a blank row. */
export function isPreamble(text: string): boolean {
  return text.trim() === '' || /^"?#TYPE /i.test(text) || /^"?sep=."?$/i.test(text);
}

function isEventHeader(names: readonly string[]): boolean {
  return names.some((name) => IDS.has(name)) && names.some((name) => PLACES.has(name) || RAW.has(name));
}

function nameOf(caption: string): string {
  if (KNOWN.has(caption) || caption.startsWith('winlog.') || caption.startsWith('event_data.')) return caption;
  return BY_CAPTION.get(foldedCaption(caption)) ?? caption;
}

const HEADER_LIMIT = 32_768;
const DELIMITERS = [',', ';', '\t'];
const RAW: ReadonlySet<string> = new Set(['_raw']);
const IDS: ReadonlySet<string> = new Set([
  'EventID',
  'EventId',
  'Id',
  'EventCode',
  'winlog.event_id',
  'event.code',
  '_raw',
]);
const PLACES: ReadonlySet<string> = new Set([
  'Channel',
  'LogName',
  'SourceName',
  'ProviderName',
  'Provider',
  'Source',
  'winlog.channel',
  'winlog.provider_name',
]);

/** Names that the flat reader knows as they are. */
const KNOWN: ReadonlySet<string> = new Set([
  ...IDS,
  ...PLACES,
  ...(
    'Message Computer Hostname MachineName TimeCreated EventTime @timestamp _time Level Task Opcode Keywords Version ' +
    'RecordId EventRecordId EventRecordID RecordNumber ProcessId ThreadId ProcessID ThreadID UserId UserID ProviderId ' +
    'Payload LevelDisplayName TaskDisplayName OpcodeDisplayName Qualifiers Index EntryType TimeGenerated TimeWritten ' +
    'InstanceId Category CategoryNumber ReplacementStrings'
  ).split(' '),
]);

/** Columns of Event Viewer in the languages it speaks most, and English ones written otherwise. */
const BY_CAPTION: ReadonlyMap<string, string> = new Map(
  (
    [
      ['Level', 'Level|Ebene|Niveau|Nivel|Nível|Livello|Poziom|レベル|级别|層級|Уровень|Düzey'],
      [
        'Date and Time',
        'Date and Time|Datum und Uhrzeit|Date et heure|Fecha y hora|Data e ora|Data e Hora|Datum en tijd|Data i godzina|日付と時刻|日期和时间|日期和時間|Дата и время|Tarih ve Saat',
      ],
      [
        'SourceName',
        'Source|Quelle|Origen|Origine|Origem|Fonte|Bron|Źródło|ソース|来源|來源|Источник|Kaynak|Source name',
      ],
      [
        'EventID',
        'Event ID|Ereignis-ID|ID de l’événement|ID d’événement|Id. del evento|Id. de evento|ID evento|Identificação do Evento|ID do evento|Gebeurtenis-id|Identyfikator zdarzenia|イベント ID|事件 ID|事件識別碼|Код события|Olay Kimliği|Event code',
      ],
      [
        'TaskCategory',
        'Task Category|Aufgabenkategorie|Catégorie de la tâche|Catégorie|Categoría de la tarea|Categoria attività|Categoria da Tarefa|Taakcategorie|Kategoria zadania|タスクのカテゴリ|任务类别|工作類別|Категория задачи|Görev Kategorisi',
      ],
      [
        'Keywords',
        'Keywords|Schlüsselwörter|Mots clés|Palabras clave|Parole chiave|Palavras-chave|Trefwoorden|Słowa kluczowe|キーワード|关键字|關鍵字|Ключевые слова|Anahtar Sözcükler',
      ],
      ['Channel', 'Channel|Log Name|Protokoll|Kanal|Protokollname|Journal'],
      ['Computer', 'Computer|Computer name|Ordinateur|Equipo|コンピューター|计算机|Компьютер|Host name'],
      ['EventRecordID', 'Event Record ID|Record ID|Record number'],
      ['Message', 'Message|Nachricht|Meldung|Beschreibung|Description|Mensaje|Messaggio|説明|Сообщение'],
      ['TimeCreated', 'Time Created|Time created (UTC)|Erstellt'],
    ] as const
  ).flatMap(([name, captions]) => captions.split('|').map((caption) => [foldedCaption(caption), name] as const)),
);
