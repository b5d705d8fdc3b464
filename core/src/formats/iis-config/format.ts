import { SaxesParser, type SaxesTagPlain } from 'saxes';

import { excerptOf, headText } from '../../bytes/text.ts';
import type { ByteSource } from '../../model/evidence.ts';
import type { Format, Gap, GapReason, Reading } from '../../model/reading.ts';
import { ConfigWalk } from './config-walk.ts';
import { XmlText } from './xml-text.ts';

/**
 * Configuration of IIS and ASP.NET: `applicationHost.config`, `web.config`, `administration.config` and their kin, which
 * all are XML with the root `configuration`.
 *
 * Records: sites, virtual directories, modules (global, of a site, classic, ISAPI filters: see field `section`), handlers,
 * rewrite rules, redirects, log settings. What a `<location>` wraps has its path as `location`. `remove` and `clear` make no
 * record: what the sections of all levels add up to is not worked out here. A section kept in another file, an encrypted
 * one and a redirected configuration are gaps.
 *
 * A file that IIS reads by its name is read whatever stands in it, so that one which was emptied, overwritten or begins
 * with a long comment is not taken for a file of another kind.
 *
 * A file is read whole, up to 16 MiB. Nothing is fetched and no entity but XML's own five is resolved. Where the XML is
 * broken, a gap says where, and reading goes on as far as it makes sense.
 *
 * @see IIS_schema.xml; Extensible Markup Language 1.0
 */
export const iisConfig: Format = {
  name: 'iis-config',
  shape: 'tree',
  recognises: (head, path) => isOfIis(path) || ROOT.test(afterProlog(headText(head))),
  async *read(source) {
    const readings: Reading[] = [];
    const bytes = await wholeFile(source, readings);
    if (bytes !== undefined) parse(bytes, readings);
    yield readings;
  },
};

function isOfIis(path: string): boolean {
  return NAMES.has(path.slice(path.lastIndexOf('/') + 1).toLowerCase());
}

/** From the first tag on that is neither declaration, comment nor document type. */
function afterProlog(text: string): string {
  let at = skipSpace(text, 0);
  for (let count = 0; count < PROLOG_PARTS; count++) {
    const end = endOfPrologPart(text, at);
    if (end === undefined) break;
    if (end < 0) return '';
    at = skipSpace(text, end);
  }
  return text.slice(at, at + 40);
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n\ufeff'.includes(text.charAt(at))) at++;
  return at;
}

/** Where the part that begins here ends; -1 if it does not end, `undefined` if a tag begins here. */
function endOfPrologPart(text: string, at: number): number | undefined {
  for (const [begin, end] of [
    ['<?', '?>'],
    ['<!--', '-->'],
  ] as const) {
    if (text.startsWith(begin, at)) return endOf(text, end, at + begin.length);
  }
  if (!text.startsWith('<!', at)) return undefined;
  const end = endOf(text, '>', at);
  return text.slice(at, end).includes('[') ? endOf(text, ']>', at) : end;
}

function endOf(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from);
  return at < 0 ? -1 : at + what.length;
}

async function wholeFile(source: ByteSource, into: Reading[]): Promise<Uint8Array | undefined> {
  if (source.size > MAX_BYTES) {
    into.push(
      gap(
        'limit',
        0,
        source.size,
        `expected a configuration of at most ${MAX_BYTES} bytes, stood one of ${source.size}`,
      ),
    );
    return undefined;
  }
  const bytes = new Uint8Array(source.size);
  let filled = 0;
  try {
    while (filled < bytes.length) {
      const count = await source.readInto(filled, bytes.subarray(filled));
      if (!(count > 0)) break;
      filled += count;
    }
  } catch {
    into.push(
      gap(
        'unreadable',
        filled,
        bytes.length,
        `expected ${bytes.length - filled} more bytes, the source failed to read them`,
      ),
    );
    return bytes.subarray(0, filled);
  }
  if (filled < bytes.length)
    into.push(
      gap('truncated', filled, bytes.length, `expected ${bytes.length} bytes, the source ended after ${filled}`),
    );
  return bytes.subarray(0, filled);
}

/** Ends the parser's run; caught below, never seen outside. */
class Enough extends Error {}

function parse(bytes: Uint8Array, into: Reading[]): void {
  if (bytes.length === 0) {
    into.push(gap('damaged', 0, 0, 'expected a configuration, stood no bytes'));
    return;
  }
  const xml = new XmlText(bytes);
  if (!xml.exact)
    into.push(gap('damaged', 0, bytes.length, 'expected UTF-8, bytes that are none are read as ISO 8859-1'));
  const parser = new SaxesParser();
  const walk = new ConfigWalk(into);
  let start = 0;
  let told = 0;
  let errors = 0;
  let closing = false;
  let unfinished = false;
  const stop = (says: string): never => {
    into.push(gap('limit', xml.byteAt(Math.min(parser.position, xml.text.length)), bytes.length, says));
    throw new Enough();
  };
  parser.on('opentagstart', () => {
    start = xml.text.lastIndexOf('<', parser.position - 1);
  });
  parser.on('opentag', (tag: SaxesTagPlain) => {
    if (walk.depth >= MAX_DEPTH) stop(`expected elements at most ${MAX_DEPTH} deep, the rest is not read`);
    if (into.length >= MAX_READINGS) stop(`expected at most ${MAX_READINGS} settings, the rest is not read`);
    const end = parser.position;
    told = end;
    const offset = xml.byteAt(start);
    const origin = { offset, length: xml.byteAt(end) - offset };
    if (walk.depth === 0 && tag.name !== ROOT_NAME) {
      const says = `expected the root element ${ROOT_NAME}, stood ${excerptOf(tag.name, 100)}`;
      into.push({ is: 'gap', reason: 'damaged', origin, says });
    }
    walk.open({
      name: tag.name,
      attributes: tag.attributes,
      origin,
      tag: excerptOf(xml.text.slice(start, end)),
    });
  });
  parser.on('closetag', () => {
    told = parser.position;
    walk.close();
  });
  parser.on('doctype', () => {
    const at = xml.byteAt(Math.min(parser.position, xml.text.length));
    into.push(gap('unsupported', 0, at, 'expected no document type, stood one; what it declares is not read'));
  });
  parser.on('error', (error) => {
    errors += 1;
    if (errors > MAX_ERRORS)
      stop(`expected well-formed XML, there are more than ${MAX_ERRORS} errors, the rest is not read`);
    if (closing) {
      // Each element that is still open at the end is an error of its own. What follows the last whole tag was not read.
      if (!unfinished)
        into.push(gap('truncated', xml.byteAt(told), bytes.length, `expected well-formed XML, ${complaint(error)}`));
      unfinished = true;
      return;
    }
    const at = xml.byteAt(Math.min(parser.position, xml.text.length));
    into.push(gap('damaged', at, Math.min(at + 1, bytes.length), `expected well-formed XML, ${complaint(error)}`));
  });
  try {
    parser.write(xml.text);
    closing = true;
    parser.close();
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
}

/** `12:3: undefined entity.` as part of a sentence. */
function complaint(error: Error): string {
  const message = error.message.slice(0, 200).replace(/\.$/, '');
  const match = /^(\d+):(\d+): (.*)$/s.exec(message);
  return match === null ? message : `line ${match[1] ?? ''} column ${match[2] ?? ''}: ${match[3] ?? ''}`;
}

function gap(reason: GapReason, from: number, to: number, says: string): Gap {
  return { is: 'gap', reason, origin: { offset: from, length: Math.max(0, to - from) }, says };
}

const ROOT_NAME = 'configuration';
const ROOT = /^<configuration[\s/>]/;
/** Lower-case names of files that IIS and ASP.NET read wherever they have their place. */
const NAMES: ReadonlySet<string> = new Set([
  'administration.config',
  'applicationhost.config',
  'machine.config',
  'redirection.config',
  'web.config',
]);
const PROLOG_PARTS = 50;
const MAX_BYTES: number = 16 * 1024 * 1024;
const MAX_DEPTH = 256;
const MAX_READINGS = 100_000;
const MAX_ERRORS = 16;
