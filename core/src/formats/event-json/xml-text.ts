import type { XmlAttribute, XmlContent, XmlElement } from '../evtx/elements.ts';

/**
 * Reads the XML that Windows renders an event as, where an export carries it as text. Elements, attributes, text, CDATA
 * and the five named and the numbered entities are understood; comments, instructions and whatever else begins with `<!`
 * are left out, so no entity can be declared. The last element that is not closed ends with the text.
 *
 * @returns the first element, or `undefined` for text that is none or larger than 1 MiB or 4096 elements
 */
export function xmlElement(text: string): XmlElement | undefined {
  if (text.length > TEXT_LIMIT) return undefined;
  const root: Open = { name: '', attributes: [], children: [], selfClosed: false };
  const stack: Open[] = [root];
  let count = 0;
  let at = 0;
  while (at < text.length && count < ELEMENT_LIMIT) {
    const top = stack.at(-1) ?? root;
    const open = text.indexOf('<', at);
    const end = open < 0 ? text.length : open;
    if (end > at && top !== root) top.children.push(unescaped(text.slice(at, end)));
    if (open < 0) break;
    if (text.startsWith('<![CDATA[', open)) {
      const close = text.indexOf(']]>', open);
      top.children.push(text.slice(open + 9, close < 0 ? text.length : close));
      at = close < 0 ? text.length : close + 3;
    } else if (text[open + 1] === '!' || text[open + 1] === '?') {
      const mark = text.startsWith('<!--', open) ? '-->' : '>';
      const close = text.indexOf(mark, open);
      at = close < 0 ? text.length : close + mark.length;
    } else if (text[open + 1] === '/') {
      const close = text.indexOf('>', open);
      at = close < 0 ? text.length : close + 1;
      if (stack.length > 1) stack.pop();
      if (stack.length === 1) break;
    } else {
      const tag = tagAt(text, open + 1);
      if (tag === undefined) return undefined;
      count += 1;
      at = tag.end;
      top.children.push(tag.element);
      if (!tag.element.selfClosed && stack.length < DEPTH_LIMIT) stack.push(tag.element);
      if (stack.length === 1) break;
    }
  }
  const [first] = root.children;
  return count < ELEMENT_LIMIT && typeof first === 'object' && 'children' in first ? first : undefined;
}

interface Open extends XmlElement {
  readonly attributes: XmlAttribute[];
  readonly children: XmlContent[];
}

/** @param from behind the `<` */
function tagAt(text: string, from: number): { element: Open; end: number } | undefined {
  let at = nameEnd(text, from);
  if (at === from) return undefined;
  const name = localName(text.slice(from, at));
  const attributes: XmlAttribute[] = [];
  for (;;) {
    at = afterSpace(text, at);
    if (text[at] === '>') return { element: { name, attributes, children: [], selfClosed: false }, end: at + 1 };
    if (text.startsWith('/>', at))
      return { element: { name, attributes, children: [], selfClosed: true }, end: at + 2 };
    const start = at;
    at = nameEnd(text, at);
    const attribute = text.slice(start, at);
    at = afterSpace(text, at);
    if (attribute === '' || text[at] !== '=') return undefined;
    at = afterSpace(text, at + 1);
    const quote = text[at];
    const close = quote === '"' || quote === "'" ? text.indexOf(quote, at + 1) : -1;
    if (close < 0) return undefined;
    attributes.push({ name: attribute, value: unescaped(text.slice(at + 1, close)) });
    at = close + 1;
  }
}

function nameEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && !' \t\r\n=/>"\'<'.includes(text.charAt(at))) at += 1;
  return at;
}

function afterSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  return at;
}

function localName(name: string): string {
  return name.startsWith('xmlns') ? name : name.slice(name.indexOf(':') + 1);
}

function unescaped(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi, (whole, hex, decimal, named) => {
    if (typeof named === 'string') return ENTITIES.get(named.toLowerCase()) ?? whole;
    const code = typeof hex === 'string' ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);
const TEXT_LIMIT = 1024 * 1024;
const ELEMENT_LIMIT = 4096;
const DEPTH_LIMIT = 32;
