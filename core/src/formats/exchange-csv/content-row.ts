import type { Extent } from '../../model/reading.ts';
import { foldedCaption } from '../../bytes/csv.ts';
import { columnsOf } from './columns.ts';
import { isTime } from './edited-time.ts';
import { mendedRow, mendings } from './extract-row.ts';
import { rowValues } from './quoted-row.ts';
import type { Row } from './row.ts';

/**
 * A row of the HttpProxy log under captions that nobody understands, by what its values look like: one begins with
 * `ServerInfo~`, which nothing else does, one is a time in UTC. The URL is the one value that begins with a slash, the
 * status the one of three digits below a caption that speaks of a state or code, or the only one of three digits at all,
 * or two of them side by side that are the same.
 * What is not plain is left out.
 *
 * @param text the line without what was put around it
 * @param header the line above the first row, which may hold captions
 */
export function contentRow(
  line: string,
  { text, header, origin }: { text: string; header: string | undefined; origin: Extent },
): Row | undefined {
  if (!text.includes('ServerInfo~')) return undefined;
  for (const plain of mendings(text)) {
    for (const delimiter of DELIMITERS) {
      const values = rowValues(plain, delimiter);
      if (values.length < 3 || values.length > VALUES) continue;
      const names = namesOf(values, header === undefined ? [] : rowValues(header, delimiter));
      if (names === undefined) continue;
      const columns = columnsOf(names, { listed: '', logType: undefined, extract: true, delimiter, isAssumed: true });
      return mendedRow(line, { columns, values, origin });
    }
  }
  return undefined;
}

/** A name for each value; a value that is not known goes by its caption, or by its place from 1. */
function namesOf(values: readonly string[], captions: readonly string[]): readonly string[] | undefined {
  const isHeaded = captions.length === values.length;
  const names = values.map((_, place) => (isHeaded ? (captions[place] ?? '').trim() : '') || `column ${place + 1}`);
  const placesOf = (test: (value: string, place: number) => boolean): number[] =>
    values.flatMap((value, place) => (test(value, place) ? [place] : []));
  const anchors = placesOf((value) => value.startsWith('ServerInfo~'));
  const times = placesOf(isTime);
  if (anchors.length !== 1 || times.length === 0) return undefined;
  const give = (places: readonly number[], ...given: readonly string[]): void => {
    if (places.length === given.length)
      for (const [index, place] of places.entries()) names[place] = given[index] ?? '';
  };
  give(anchors, 'AnchorMailbox');
  give(times.slice(0, 1), 'DateTime');
  give(
    placesOf((value) => value.startsWith('/')),
    'UrlStem',
  );
  const states = placesOf((value) => STATUS.test(value));
  const told = isHeaded ? states.filter((place) => STATE.test(foldedCaption(captions[place] ?? ''))) : [];
  give(told.length > 0 ? told : states, 'HttpStatus');
  give(told, 'HttpStatus', 'BackEndStatus');
  const [one = 0, other = 0] = states;
  if (told.length === 0 && other === one + 1 && values[one] === values[other])
    give(states, 'HttpStatus', 'BackEndStatus');
  give(
    placesOf((value) => METHOD.test(value)),
    'Method',
  );
  return names;
}

const DELIMITERS: readonly string[] = [',', ';', '\t'];
const VALUES = 512;
const STATUS = /^[1-5]\d\d$/;
const STATE = /stat|etat|code|estado|stato|zustand|状態|状态|ステータス|コード|статус|код|состояние/;
const METHOD = /^(?:GET|POST|PUT|HEAD|OPTIONS)$/;
