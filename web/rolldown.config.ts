import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { defineConfig, rolldown } from 'rolldown';
import type { Plugin, RolldownOptions } from 'rolldown';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PACKS = join(HERE, '../packs');

/** Classic scripts, because a page that is opened from a disk may load no modules. */
const SHARED: RolldownOptions = {
  platform: 'browser',
  resolve: { conditionNames: ['afterpatch-source', 'browser', 'import', 'default'] },
};
const OUTPUT = { format: 'iife', minify: true, codeSplitting: false, sourcemap: false } as const;

export default defineConfig({
  ...SHARED,
  input: 'src/main.ts',
  output: { file: 'dist/page.js', ...OUTPUT },
  plugins: [edition(), worker(), page()],
});

/** Version and packs; the cases of a pack are tests and stay behind, as in the command line's bundle. */
function edition(): Plugin {
  return {
    name: 'edition',
    resolveId: (id) => (id === 'afterpatch:edition' ? id : null),
    load: (id) =>
      id === 'afterpatch:edition'
        ? `export const version = ${JSON.stringify(productVersion())};\nexport const packs = ${JSON.stringify(packs())};\n`
        : null,
  };
}

function worker(): Plugin {
  return {
    name: 'worker',
    resolveId: (id) => (id === 'afterpatch:worker' ? id : null),
    load: async (id) => {
      if (id !== 'afterpatch:worker') return null;
      const build = await rolldown({ ...SHARED, cwd: HERE, input: 'src/worker.ts', plugins: [edition()] });
      const { output } = await build.generate(OUTPUT);
      await build.close();
      return `export const workerScript = ${JSON.stringify(output[0].code)};\n`;
    },
  };
}

/** Puts everything into one file, whose policy names the hash of its only script and its only style. */
function page(): Plugin {
  return {
    name: 'page',
    writeBundle(_, bundle): void {
      const chunk = Object.values(bundle).find((part) => part.type === 'chunk');
      if (chunk?.type !== 'chunk') throw new Error('expected one script, found none');
      const script = inScriptElement(chunk.code);
      const style = `\n${readFileSync(join(HERE, 'src/page.css'), 'utf8')}`;
      if (/<\/style/i.test(style)) throw new Error('expected a style without </style, found one');
      let html = readFileSync(join(HERE, 'src/page.html'), 'utf8');
      const parts = {
        policy: `<meta http-equiv="Content-Security-Policy" content="${policy(script, style)}" />`,
        style: `<style>${style}</style>`,
        script: `<script>${script}</script>`,
        version: productVersion(),
      };
      for (const [name, text] of Object.entries(parts)) {
        const pieces = html.split(`<!-- ${name} -->`);
        if (pieces.length !== 2) throw new Error(`expected one place for the ${name}, found ${pieces.length - 1}`);
        html = pieces.join(text);
      }
      writeFileSync(join(HERE, 'dist/index.html'), html);
      rmSync(join(HERE, 'dist/page.js'));
    },
  };
}

/**
 * What the page allows itself: its one script, its one style, workers out of that script, WebAssembly for SHA-256.
 * No connection of any kind, no frame, no form, no base address, and no text that becomes markup.
 */
function policy(script: string, style: string): string {
  return [
    "default-src 'none'",
    `script-src '${hashOf(script)}' 'wasm-unsafe-eval'`,
    `style-src '${hashOf(style)}'`,
    'worker-src blob:',
    'img-src data:',
    "connect-src 'none'",
    "form-action 'none'",
    "base-uri 'none'",
    'trusted-types worker',
    "require-trusted-types-for 'script'",
  ].join('; ');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** The three beginnings of text that end a script element, or make it one that ends elsewhere, stand in strings only. */
function inScriptElement(code: string): string {
  return code.replaceAll(/<(?=\/script|script|!--)/gi, '\\x3c');
}

function productVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(HERE, '../cli/package.json'), 'utf8'));
  return String(Reflect.get(Object(manifest), 'version'));
}

function packs(): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const ids = readdirSync(PACKS).filter(
    (id) => statSync(join(PACKS, id, 'pack.yaml'), { throwIfNoEntry: false }) !== undefined,
  );
  if (ids.length === 0) throw new Error('expected the packs at ../packs, nothing stands there');
  return Object.fromEntries(ids.toSorted().map((id) => [id, packFiles(join(PACKS, id), '')]));
}

function packFiles(folder: string, below: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.name.startsWith('.') || path === 'cases') continue;
    if (entry.isDirectory()) Object.assign(files, packFiles(folder, path));
    else
      files[path] = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(join(folder, path)));
  }
  return files;
}
