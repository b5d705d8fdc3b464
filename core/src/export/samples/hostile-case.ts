import type { CaseFile } from '../../model/case-file.ts';
import { twoStories } from './stories.ts';

/** Keys whose values the schema holds to a few words, times or digests; every other text may be anything. */
const HELD: ReadonlySet<string> = new Set([
  'schema', 'answer', 'claim', 'headline', 'worst', 'level', 'stage', 'reason', 'how', 'sha256', 'from', 'to', 'at', 'since', 'until', 'asOf', 'collectedAt',
]);
/** Keys that other parts of the case refer to. */
const REFERENCES: ReadonlySet<string> = new Set(['id', 'host', 'artifact', 'campaign', 'mustSee', 'finding', 'by', 'kind', 'digest', 'rule', 'layout']);

/** Keys of lists of such references. */
const LISTS: ReadonlySet<string> = new Set(['rests', 'hosts', 'findings']);

/** The schema allows 1,024 characters, and cases.ts has ids of up to 30. */
const LONGEST_ID = 1000;

/** With everything that a case can hold and that the other samples lack. */
const FULL: CaseFile = {
  ...twoStories,
  options: { asOf: '2021-03-09' },
  collections: [{ layout: 'kape', root: 'MAIL01', host: 'h-mail01', collectedAt: '2021-03-09T10:12:30.000Z', failed: 2, skipped: 0 }],
  prior: [{ tool: 'Test-ProxyLogon', artifact: 'a-iis', offset: 0, length: 1, says: 'a suspicious row' }],
};

/** A case that keeps to its schema and says `text` wherever the schema lets it. */
export function hostileCase(text: string, of: CaseFile = FULL): CaseFile {
  return swapped(of, text, '') as CaseFile;
}

function swapped(value: unknown, text: string, key: string): unknown {
  if (typeof value === 'string') {
    // A gap's reason is a word of the schema, that of an unseen source is a text.
    if (HELD.has(key) || (key === 'fixed' && value !== '')) return value;
    if (REFERENCES.has(key)) return `${value}${text}`.slice(0, LONGEST_ID);
    return key === 'excerpt' ? text.slice(0, 400) : text;
  }
  if (Array.isArray(value)) return value.map((each) => swapped(each, text, LISTS.has(key) ? 'id' : key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, name === 'fixed' ? member : swapped(member, text, name)]),
  );
}
