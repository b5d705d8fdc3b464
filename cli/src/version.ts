import { readFileSync } from 'node:fs';

/** Version of the product; the manifest lies one folder above both the sources and the bundle. */
export function productVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const version: unknown =
    typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, 'version') : undefined;
  if (typeof version !== 'string') throw new TypeError('expected a version in package.json, found none');
  return version;
}
