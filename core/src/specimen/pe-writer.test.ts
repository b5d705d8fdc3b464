import { expect, test } from 'vitest';

import { writePe } from './pe-writer.ts';

test('the same words make the same bytes, and padding only adds', () => {
  const spec = { fileVersion: '15.1.2176.9', strings: { CompanyName: 'Contoso' } };
  expect(writePe(spec)).toEqual(writePe({ ...spec }));
  const padded = writePe({ ...spec, padding: new Uint8Array(700).fill(7) });
  expect(padded.length).toBeGreaterThan(writePe(spec).length);
  expect(padded).not.toEqual(writePe(spec));
});

test('sections and file are multiples of 512 bytes, as loaders want them', () => {
  for (const length of [0, 1, 511, 512, 5000]) {
    const bytes = writePe({ fileVersion: '1.2.3.4', padding: new Uint8Array(length) });
    expect(bytes.length % 512).toBe(0);
    const view = new DataView(bytes.buffer);
    const section = view.getUint32(0x3c, true) + 24 + view.getUint16(view.getUint32(0x3c, true) + 20, true);
    expect(view.getUint32(section + 16, true) + view.getUint32(section + 20, true)).toBe(bytes.length);
  }
});
