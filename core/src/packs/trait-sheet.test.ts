import { expect, test } from 'vitest';

import { Complaints, PackErrors } from './pack-error.ts';
import { parseSheet } from './pack-sheet.ts';
import { readTraits } from './trait-sheet.ts';

const RULES = ['forge', 'mail', 'page'];

test('every form of a trait is read as the model names it', () => {
  const { traits, faults } = read(`traits:
  - { id: a, fits: Yes it is, fits-not: It is not, asks: [forge], seen: [mail] }
  - { id: b, fits: Yes it is, fits-not: It is not, asks: [forge], unseen: [page] }
  - id: c
    fits: Yes it is
    fits-not: It is not
    value: { of: [page], kind: path, like: ['/x/*'], unlike: ['/x/y'] }
  - { id: d, fits: Yes it is, fits-not: It is not, order: { steps: [[forge, mail], [page]], within: 60s } }
  - { id: e, fits: Yes it is, fits-not: It is not, pause: { from: [forge], to: [page], at-most: 10m } }
  - { id: f, fits: Yes it is, fits-not: It is not, pause: { from: [forge], to: [page], at-least: 1d } }
`);
  expect(faults).toEqual([]);
  expect(traits.map(({ asks, test: form }) => [asks, form])).toEqual([
    [['forge'], { is: 'seen', rules: ['mail'] }],
    [['forge'], { is: 'unseen', rules: ['page'] }],
    [['page'], { is: 'value', rules: ['page'], kind: 'path', like: ['/x/*'], unlike: ['/x/y'] }],
    [['page'], { is: 'order', steps: [['forge', 'mail'], ['page']], within: 60e6 }],
    [['forge'], { is: 'pause', from: ['forge'], to: ['page'], length: 600e6, isLimit: true }],
    [['forge'], { is: 'pause', from: ['forge'], to: ['page'], length: 86_400e6, isLimit: false }],
  ]);
});

test.each([
  [
    'seen: [mail]',
    'P006 traits.yaml:2: trait one: missing key "asks", without it the trait would be asked of no story or of every one',
  ],
  ['asks: [forge]', 'P006 traits.yaml:2: trait: expected one of seen, unseen, value, order, pause, found none'],
  [
    'asks: [forge], seen: [mail], unseen: [page]',
    'P006 traits.yaml:2: trait: expected one of seen, unseen, value, order, pause, found seen and unseen',
  ],
  ['asks: [forge], seen: [maill]', 'P034 traits.yaml:2: trait seen: no rule is called "maill", did you mean "mail"'],
  ['asks: [forge], seen: []', 'P020 traits.yaml:2: trait seen: expected at least one rule'],
  [
    'value: { of: [page], kind: path, like: ["*"] }',
    'P020 traits.yaml:2: trait value like: expected a text of at most 200 signs that is more than "*", found "*"',
  ],
  [
    'value: { of: [page], kind: path, like: [] }',
    'P020 traits.yaml:2: trait value like: expected at least one pattern',
  ],
  ['order: { steps: [[forge]], within: 60s }', 'P025 traits.yaml:2: trait order: expected at least two steps, found 1'],
  [
    'order: { steps: [[forge], [page]], within: soon }',
    'P010 traits.yaml:2: trait within: expected a duration such as 90s, 10m, 4h or 2d, found "soon"',
  ],
  ['pause: { from: [forge], to: [page] }', 'P006 traits.yaml:2: trait pause: missing key "at-least"'],
  [
    'pause: { from: [forge], to: [page], at-least: 1d, at-most: 2d }',
    'P006 traits.yaml:2: trait pause: expected one of at-least, at-most, found both',
  ],
])('%s is refused with file, line and what would be right', (form, says) => {
  const { faults } = read(`traits:\n  - { id: one, fits: Yes it is, fits-not: It is not, ${form} }\n`);
  expect(faults).toContain(says);
});

test('a trait that stands twice is refused', () => {
  const one = '  - { id: one, fits: Yes it is, fits-not: It is not, asks: [forge], seen: [mail] }\n';
  expect(read(`traits:\n${one}${one}`).faults).toEqual(['P008 traits.yaml:3: trait: "one" already stands on line 2']);
});

function read(text: string): { readonly traits: ReturnType<typeof readTraits>; readonly faults: readonly string[] } {
  const complaints = new Complaints();
  const sheet = { file: 'traits.yaml', complaints };
  const traits = readTraits(parseSheet(text, sheet), sheet, RULES);
  try {
    complaints.raise();
  } catch (error) {
    if (error instanceof PackErrors) return { traits, faults: error.errors.map((each) => each.message) };
    throw error;
  }
  return { traits, faults: [] };
}
