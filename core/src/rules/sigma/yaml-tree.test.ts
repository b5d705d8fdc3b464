import { expect, test } from 'vitest';

import { compileSigma } from './compiler.ts';
import { yamlExcess } from './yaml-tree.ts';

test('a line that opens thousands of blocks is refused before it is parsed', () => {
  for (const block of ['- ', '? ', '-\t']) {
    const { rules, errors } = compileSigma(`title: x\nid: ${block.repeat(100_000)}x`, 'x.yml');
    expect(rules).toEqual([]);
    expect(errors).toMatchObject([{ code: 'R004', line: 2, says: 'line opens more than 1000 YAML blocks' }]);
  }
});

test('more brackets than nodes are allowed are refused before they cost memory', () => {
  const begin = performance.now();
  expect(yamlExcess(`a:\n  ${'['.repeat(1_000_000)}`)).toEqual({
    line: 2,
    says: 'file has more than 100000 YAML nodes',
  });
  expect(performance.now() - begin).toBeLessThan(3_000);
});

test('ordinary text is no excess, whatever punctuation it has', () => {
  expect(yamlExcess(`says: "${'a - b: c? '.repeat(300)}"\nlist: [${'[a], '.repeat(900)}]`)).toBeUndefined();
});
