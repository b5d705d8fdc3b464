import { escapeForTerminal } from '@afterpatch/core/export/escape.ts';

/** An element, or text; absent ones are left out. */
export type Child = Node | string | undefined;

/**
 * Makes an element. Every text on the page comes through here, as a text node and with its hidden characters written out
 * (`\u{202e}`), whether it is ours or the evidence's; so no caller can forget it.
 */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  fill(element, ...children);
  return element;
}

/** Replaces what an element holds. */
export function fill(element: Element, ...children: readonly Child[]): void {
  const nodes = children.filter((child) => child !== undefined);
  element.replaceChildren(...nodes.map((child) => (typeof child === 'string' ? escapeForTerminal(child) : child)));
}

/** An element of the page's own markup. */
export function part<T extends HTMLElement>(id: string, type: { new (): T; readonly name: string }): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new TypeError(`expected a ${type.name} with the id ${id} on the page`);
  return element;
}
