import type { XmlContent, XmlElement } from './elements.ts';

/** An element as Windows writes it when it exports an event: apostrophes around attributes, nothing between elements. */
export function elementXml(element: XmlElement): string {
  let text = `<${element.name}`;
  for (const { name, value } of element.attributes) text += ` ${name}='${escaped(value).replaceAll("'", '&apos;')}'`;
  if (element.selfClosed) return `${text}/>`;
  return `${text}>${element.children.map(contentXml).join('')}</${element.name}>`;
}

function contentXml(content: XmlContent): string {
  if (typeof content === 'string') return escaped(content);
  return 'target' in content ? `<?${content.target} ${content.text}?>` : elementXml(content);
}

function escaped(text: string): string {
  return text.replaceAll(SPECIAL, (character) => ESCAPES.get(character) ?? character);
}

const SPECIAL = /[&<>]/g;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
]);
