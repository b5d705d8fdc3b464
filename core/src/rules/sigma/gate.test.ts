import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { compileSigma } from './compiler.ts';
import { sampleRecord } from './sample-record.test-support.ts';

/** A row as formats see it: raw text, and values that were cut out of it or decoded from it. */
interface Row {
  readonly raw: string;
  readonly kind: 'http.request' | 'http.proxy';
  readonly values: Readonly<Record<string, string>>;
}

interface Parts {
  readonly stem: string;
  readonly query: string;
  readonly agent: string;
  readonly quoted: string;
}

/** Written as IIS writes: `+` for a space in the user agent, a space between columns. */
function iisRow({ stem, query, agent }: Parts): Row {
  const path = `/${stem.replaceAll(' ', '%20').replaceAll('?', '%3f')}`;
  const search = query.replaceAll(' ', '%20') || '-';
  const sent = agent.replaceAll(' ', '+') || '-';
  const values = {
    'cs-uri-stem': path,
    'cs-uri-query': search,
    'cs-user-agent': sent,
    'user-agent': sent.replaceAll('+', ' '),
  };
  return {
    raw: `${path} ${search} ${sent}`,
    kind: 'http.request',
    values: { ...values, ...decoded(path, search === '-' ? '' : search) },
  };
}

/** Written as Exchange writes: CSV, quotes doubled, a column that is quoted inside too. */
function proxyRow({ stem, query, agent, quoted }: Parts): Row {
  const path = `/${stem.replaceAll(' ', '%20').replaceAll('?', '%3f')}`;
  const search = query === '' ? '' : `?${query.replaceAll(' ', '%20')}`;
  const cmd = quoted.replaceAll("'", "''");
  const csv = [path, search, agent, `'CMD=${cmd}'`].map((value) =>
    /[",]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value,
  );
  const values = {
    UrlStem: path,
    UrlQuery: search,
    UserAgent: agent,
    GenericInfo: `'CMD=${cmd}'`,
    EX: quoted,
    'user-agent': agent.replaceAll(/ {2,}/g, ' '),
  };
  return { raw: csv.join(','), kind: 'http.proxy', values: { ...values, ...decoded(path, search.slice(1)) } };
}

/** What formats make of path and query: see `wholeUrl` and `urlPath` of the bytes room. */
function decoded(path: string, search: string): Readonly<Record<string, string>> {
  const url = unescaped(unescaped(search === '' ? path : `${path}?${search}`)).toLowerCase();
  const parts: string[] = [];
  for (const part of unescaped(unescaped(path)).toLowerCase().split(/[\\/]/)) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return {
    url,
    'url-path': `/${parts.join('/')}`,
    'anchor-target': url,
    client: '::1',
    method: 'COMPUTED-METHOD',
    user: 'computed\\user',
  };
}

function unescaped(text: string): string {
  return text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** The promise of `Interest.literals`. */
function passes(raw: string, literals: readonly string[] | undefined): boolean {
  const folded = raw.replaceAll(/[A-Z]+/g, (run) => run.toLowerCase());
  return literals === undefined || raw.includes('%') || literals.some((literal) => folded.includes(literal));
}

const LETTERS = ['owa', 'Auth', 'y.JS', 'script', 'true', 'mask', 'Current', '&id='];
const WORDS = [
  ...LETTERS,
  ...LETTERS,
  ...LETTERS,
  '/',
  '//',
  '/./',
  '/x/../',
  '\\',
  '?',
  ' ',
  '  ',
  '+',
  '%2541',
  '"',
  "'",
  ',',
  '\u212a',
  '\u0130',
  'Ä',
];
const TEXT = fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 6 }).map((words) => words.join(''));
const PARTS: fc.Arbitrary<Parts> = fc.record({ stem: TEXT, query: TEXT, agent: TEXT, quoted: TEXT });
const ENDS = [
  '',
  '|contains',
  '|contains',
  '|startswith',
  '|endswith',
  '|contains|all',
  '|contains|cased',
  '|neq',
  '|re',
  '|re|i',
  '|contains|windash',
];

/** A selection made of what stands in a row, so that it hits that row more often than not. */
interface Choice {
  readonly row: number;
  readonly field: number;
  readonly ends: string;
  readonly from: number;
  readonly length: number;
  readonly wild: number;
  readonly capital: boolean;
}

const CHOICE: fc.Arbitrary<Choice> = fc.record({
  row: fc.nat(7),
  field: fc.nat(20),
  ends: fc.constantFrom(...ENDS),
  from: fc.nat(12),
  length: fc.integer({ min: 1, max: 30 }),
  wild: fc.nat(12),
  capital: fc.boolean(),
});

function selection(choice: Choice, rows: readonly Row[]): string {
  const row = rows.at(choice.row % rows.length)!;
  // Keywords too, in which all values of a record stand.
  const names = [...Object.keys(row.values), ''];
  const name = names.at(choice.field % names.length)!;
  const text = row.values[name] ?? Object.values(row.values).join(' ');
  const from =
    choice.ends === '|endswith' || choice.ends === '|contains' || name === '' ? choice.from % text.length || 0 : 0;
  const slice = text.slice(
    from,
    choice.ends === '' || choice.ends === '|endswith' || choice.ends === '|neq' ? undefined : from + choice.length,
  );
  const value =
    choice.capital && !choice.ends.includes('cased')
      ? slice.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase())
      : slice;
  const ends =
    name === '' && !choice.ends.startsWith('|contains') && !choice.ends.startsWith('|re') ? '|contains' : choice.ends;
  if (ends.startsWith('|re'))
    return entry(name, ends, value.replaceAll(/[\\?+*.()[\]{}^$|]/g, String.raw`\$&`).replace(/^$/, 'x?'));
  const escaped = value.replaceAll(/[\\?*]/g, String.raw`\$&`);
  return entry(
    name,
    ends,
    choice.wild < 3 ? `${escaped.slice(0, choice.wild)}*${escaped.slice(choice.wild)}`.replaceAll('\\*', '*') : escaped,
  );
}

function entry(name: string, ends: string, value: string): string {
  return `{ ${JSON.stringify(name + ends)}: ${JSON.stringify(value)} }`;
}

const CONDITION = fc.constantFrom(
  'a',
  'a',
  'a and b',
  'a or b',
  'a and not b',
  'not a',
  '1 of them',
  'all of them',
  'a and (b or c)',
  '2 of them',
);

test('a hit always holds one of the literals of its rule, or a percent sign', () => {
  let telling = 0;
  fc.assert(
    fc.property(
      fc.tuple(CHOICE, CHOICE, CHOICE),
      CONDITION,
      fc.array(PARTS, { minLength: 4, maxLength: 4 }),
      fc.boolean(),
      (choices, condition, parts, foreign) => {
        const rows = parts.flatMap((one) => [iisRow(one), proxyRow(one)]);
        const [a, b, c] = choices.map((choice) => selection(choice, rows));
        const text = `title: T\nid: t\nlogsource: { category: webserver }\ndetection:\n  a: ${a}\n  b: ${b}\n  c: ${c}\n  condition: [${condition}, ${condition} and (a or b or c)]\n`;
        const { rules, errors } = compileSigma(foreign ? text : `${text}afterpatch: {}\n`, 'x.yml');
        expect(errors).toEqual([]);
        const { check } = rules.at(0)!;
        const { literals } = check.interest;
        for (const literal of literals ?? []) expect(literal).toMatch(/^[\u0021-\u007e]{3,64}$/);
        for (const { raw, kind, values } of rows) {
          if (check.watch().see(sampleRecord(kind, values)) === undefined) continue;
          if (literals !== undefined && !raw.includes('%')) telling += 1;
          expect({ raw, literals, passes: passes(raw, literals) }).toEqual({ raw, literals, passes: true });
        }
      },
    ),
    { numRuns: 6_000 },
  );
  // Hits of rules without literals, and on text with a percent sign, prove nothing.
  expect(telling).toBeGreaterThan(500);
});

test.each([
  ["url-path|contains: '/owa/auth/x.js'", ['auth']],
  ["url-path|endswith: '/aspnet_client/supp0rt.aspx'", ['supp0rt.aspx']],
  ["url|contains: '/aspnet_client/'", ['/aspnet_cl']],
  ["url|contains: '/ecp/DDI/DDIService.svc/SetObject?schema=Reset'", ['ce.svc/setobject']],
  ["url|contains: ['/owa/auth/', '/ecp/']", ['/owa/auth/', '/ecp/']],
  ["url|contains: ['/owa/auth/', '/e']", undefined],
  ["cs-uri-stem: '/a//bcd'", ['bcd']],
  ["user-agent: 'ExchangeServicesClient/0.0.0.0 x'", ['exchangeservicesclient/0.0.0.0']],
  ["cs-uri-stem|contains: 'C:\\Windows\\Temp'", ['windows']],
  ["cs-uri-stem|re: '^/owa/auth/[a-z]+\\.aspx$'", ['/owa/auth/']],
  ['cs-uri-stem|contains: 12345', undefined],
  ["c-ip: '203.0.113.5'", ['203.0.113.5']],
  ["client: '203.0.113.5'", undefined],
  ["method: 'POST'", undefined],
  ["user: 'administrator'", undefined],
  ["CMD.Identity|contains: 'VirtualDirectory'", undefined],
  ['cs-uri-stem: null', undefined],
  ["cs-uri-stem|neq: '/owa/auth'", undefined],
  ['cs-uri-stem|exists: true', undefined],
  ["cs-uri-stem: 'false'", undefined],
  ["user: administrator, cs-uri-stem|contains: '/ecp/'", ['/ecp/']],
])('%s needs %j', (selection, literals) => {
  const text = `title: T\nid: t\nlogsource: { category: webserver }\ndetection: { s: { ${selection} }, condition: s }\nafterpatch: {}\n`;
  const { rules, errors } = compileSigma(text, 'x.yml');
  expect(errors).toEqual([]);
  expect(rules.at(0)!.check.interest.literals).toEqual(literals);
});

test.each([
  'product: windows, service: security',
  'category: file_entry',
  'category: iis_config',
  'product: exchange, service: audit',
])('records of %s are not lines, and have no literals', (logsource) => {
  const text = `title: T\nid: t\nlogsource: { ${logsource} }\ndetection: { s: { name|contains: administrator }, condition: s }\n`;
  expect(compileSigma(text, 'x.yml').rules.at(0)!.check.interest.literals).toBeUndefined();
});
