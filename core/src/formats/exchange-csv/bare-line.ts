/**
 * A line without what other programs put around it when they copied it, or the same text if nothing is: the marks of a
 * quoted mail, the file name and line number of `grep -Hn`, `findstr /n` and `Select-String`, a syslog header (RFC 3164,
 * RFC 5424), the pipes of a table in Markdown. Cells of a table come out with tabs between them. What stands between the
 * marks is not changed.
 */
export function bareLine(line: string): string {
  if (line.length > LINE_LIMIT) return line;
  // Nearly every line is as its log wrote it, and begins with its date.
  if (line.charCodeAt(4) === DASH && line.charCodeAt(7) === DASH) return line.replace(RSYSLOG, '');
  let text = line;
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = text;
    for (const wrapping of WRAPPINGS) text = text.replace(wrapping, '');
    if (text === before) break;
  }
  return tableRow(text) ?? text;
}

/** Whether a line only frames others in a note: a fence, the rule below the heads of a table, the break of `grep -A`. */
export function isFrame(text: string): boolean {
  const plain = text.length <= FRAME_LIMIT ? text.replaceAll('>', ' ').trim() : '';
  return /^(?:`{3,}[\w-]{0,32}|~{3,})$/.test(plain) || (plain.includes('--') && /^[|+:\s-]+$/.test(plain));
}

/** Values of a row that may be rows themselves: the raw line that a log search hands out beside what it read from it. */
export function innerLines(values: readonly string[]): readonly string[] {
  return values.filter((value) => value.length >= SHORTEST && DATED.test(value)).slice(0, INNER_LIMIT);
}

/**
 * The lines by which an extract is known, bare: the first ones, and of those behind them, which may be a long note, the
 * first that bear a mark.
 */
export function tellingLines(lines: readonly string[], mark: RegExp): readonly string[] {
  const marked = lines.slice(FIRST_LINES).filter((line) => mark.test(line));
  return [...lines.slice(0, FIRST_LINES), ...marked.slice(0, MARKED_LINES)].map((line) => bareLine(line.trimEnd()));
}

function tableRow(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed.length < 3 || !trimmed.startsWith('|') || !trimmed.endsWith('|')) return undefined;
  const cells = trimmed
    .slice(1, -1)
    .replaceAll(String.raw`\|`, '\0')
    .split('|')
    .map((cell) => cell.trim().replaceAll('\0', '|'));
  return cells.length < 2 ? undefined : cells.map(uncoded).join('\t');
}

/** A cell may be set as code, so that nothing in it is taken for a mark. */
function uncoded(cell: string): string {
  return /^`[^`]+`$/.test(cell) ? cell.slice(1, -1) : cell;
}

/** A note may stand above an extract. */
export const FIRST_LINES = 16;
const MARKED_LINES = 48;
const LINE_LIMIT = 65_536;
const FRAME_LIMIT = 1024;
const SHORTEST = 40;
const INNER_LIMIT = 4;
/** One wrapping around another: a syslog line that was found by `grep` and sent by mail. */
const ROUNDS = 4;
const DATED = /^"?\d{4}-\d\d-\d\d[T ]\d\d:\d\d/;
const DASH = 45;
/** A syslog header with the date of ISO 8601. */
const RSYSLOG =
  /^(?:<\d{1,3}>)?\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d) [^\s,;]{1,255} [^\s\d:,;[#"<][^\s:,;[]{0,63}(?:\[\d{1,9}\])?: ?/;
/** What may follow a name or number: a date, a column line, or another header. */
const WRAPPINGS: readonly RegExp[] = [
  // A tab before other tabs is an empty value.
  /^(?:[ >]{1,64}|\t{1,8}(?=[^\t]*$))/,
  /^(?:[A-Za-z]:)?[^:"<>|*?,;\t]{0,255}\.(?:log|txt|csv|tsv|old|bak|gz)(?::\d{1,9})?:/i,
  /^(?:\(standard input\)|<stdin>):(?:\d{1,9}:)?/i,
  /^\[?\d{1,9}\]?:(?=["#A-Za-z<]|\d{4}-)/,
  /^<\d{1,3}>1 \S{1,64} \S{1,255} \S{1,64} \S{1,128} \S{1,64} (?:-|(?:\[(?:[^\]\\]|\\.){0,1024}\]){1,8})(?: \ufeff?|$)/,
  /^(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d [^\s,;]{1,255} (?:[^\s\d:,;[#"<][^\s:,;[]{0,63}(?:\[\d{1,9}\])?: ?)?/,
  RSYSLOG,
];
