import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';

import { chromium } from 'playwright-core';
import type { Browser, Page, Worker } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { loadPackFolder } from '../cli/src/engine-door.ts';
import { assess } from '../core/src/engine/assess.ts';
import { caseText } from '../core/src/export/canonical-json.ts';
import { demoScenario } from '../core/src/specimen/demo.ts';
import { readCase } from '../core/src/specimen/read-case.ts';
import { specimen } from '../core/src/specimen/specimen.ts';
import { joined, specimenZip } from '../core/src/specimen/zip-writer.ts';
import { openFolder } from '../node/src/folder.ts';
import { nodeHost } from '../node/src/node-host.ts';
import { writeTree } from '../node/src/write-tree.ts';

/** One core, three hosts: the engine in this process, the command line, and the page in a browser. */

const ROOT = join(import.meta.dirname, '..');
const NODE_24 = join(ROOT, 'node_modules/.bin/node');
const NODE = existsSync(NODE_24) ? NODE_24 : process.execPath;
const PAGE = join(ROOT, 'web/dist/index.html');
const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
if (BROWSER === undefined) console.log('skipped: the page in a browser, because no Chromium stands in /usr/bin');

const EXCERPT = /W3SVC1\/u_ex2103|ECP\/Server\//;
const TREES = /inetpub\/wwwroot\/|inetsrv\/|V15\/ClientAccess\/|V15\/FrontEnd\//;

const work = mkdtempSync(join(tmpdir(), 'afterpatch-hosts-'));
const folder = join(work, 'evidence');
const zip = join(work, 'evidence.zip');
/** A few logs of the same server. */
const excerpt = join(work, 'excerpt.zip');
/** Its served folders and its configuration. */
const trees = join(work, 'trees');
const expected = new Map<string, string>();
const packs = [await loadPackFolder(join(ROOT, 'packs/exchange-2021-03'))];
const { version } = JSON.parse(readFileSync(join(ROOT, 'cli/package.json'), 'utf8')) as { version: string };

beforeAll(async () => {
  const files = specimen(demoScenario());
  writeTree(folder, treeFiles(files));
  writeFileSync(zip, joined(specimenZip(files)));
  writeFileSync(excerpt, joined(specimenZip(files.filter((file) => EXCERPT.test(file.path)))));
  writeTree(trees, treeFiles(files.filter((file) => TREES.test(file.path))));
  for (const paths of [[folder], [zip], [excerpt, trees], [excerpt], [trees]]) {
    const sources = await Promise.all(paths.map((path) => openFolder(path)));
    const caseFile = await assess({ sources, packs, options: { version } }, nodeHost());
    expect(caseFile.findings.length).toBeGreaterThan(0);
    expected.set(paths.join(), caseText(caseFile));
  }
}, 60_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

function* treeFiles(files: ReturnType<typeof specimen>): Iterable<{ path: string; pieces: Iterable<Uint8Array> }> {
  for (const file of files) yield { path: file.path, pieces: file.pieces() };
}

describe('the command line gives the case file of the engine, byte for byte', () => {
  test.each([
    ['a folder', 1, [folder]],
    ['a folder', 4, [folder]],
    ['a zip', 1, [zip]],
    ['a zip', 4, [zip]],
  ])('of %s with %i workers', async (_, workers, paths) => {
    const output = join(work, `cli-${String(workers)}.json`);
    const words = ['assess', ...paths, '--workers', String(workers), '--output', output, '--quiet'];
    await promisify(execFile)(NODE, [join(ROOT, 'cli/dist/afterpatch.js'), ...words]);
    expectSame(readFileSync(output, 'utf8'), paths);
  });
});

describe.skipIf(BROWSER === undefined)('the page in a browser', () => {
  let browser: Browser;
  let server: Server;
  let site = '';
  const asked: string[] = [];

  beforeAll(async () => {
    // The page that is built from what stands here now.
    const rolldown = join(ROOT, 'node_modules/rolldown/bin/cli.mjs');
    execFileSync(NODE, [rolldown, '-c', 'rolldown.config.ts'], { cwd: join(ROOT, 'web'), stdio: 'pipe' });
    server = createServer((request, response) => {
      asked.push(String(request.url));
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(readFileSync(PAGE));
    });
    await new Promise<void>((listening) => {
      server.listen(0, '127.0.0.1', listening);
    });
    site = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    browser = await chromium.launch({
      executablePath: BROWSER ?? '',
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  test.each([
    ['a dropped folder', 'from a web server', 1, [folder]],
    ['a dropped folder', 'from a disk', 4, [folder]],
    ['a dropped zip', 'from a disk', 1, [zip]],
    ['a dropped zip', 'from a web server', 4, [zip]],
    ['a dropped excerpt and a dropped folder', 'from a web server', 2, [excerpt, trees]],
  ])('gives of %s, opened %s, with %i workers, the case file of the engine', async (_, from, workers, paths) => {
    const page = await browser.newPage();
    const complaints = complaintsOf(page);
    let started = 0;
    page.on('worker', () => (started += 1));
    await page.goto(from === 'from a disk' ? pathToFileURL(PAGE).href : site);
    for (const path of paths) await drop(page, path);
    expectSame(await caseOf(page, workers), paths);
    expect(complaints).toEqual([]);
    // One assesses, and one stands ready for the next run.
    expect(started).toBe(2 + (workers > 1 ? workers : 0));
    await page.close();
  });

  test('says of a folder from the folder picker that it may not be whole, and rules out nothing that a tree must show', async () => {
    const page = await browser.newPage();
    await page.goto(site);
    await page.locator('#folder').setInputFiles(trees);
    const picked = JSON.parse(await caseOf(page, 1)) as Case;
    const whole = JSON.parse(expected.get(trees) ?? '') as Case;
    expect(picked.artifacts).toEqual(whole.artifacts);
    expect(picked.findings).toEqual(whole.findings);
    const listed = (one: Case): number => one.coverage.filter((c) => c.extent?.how === 'enumerated').length;
    expect(listed(whole)).toBeGreaterThan(2);
    expect(listed(picked)).toBe(0);
    expect(picked.limits.map((limit) => limit.says).join('\n')).toContain('chosen with a folder picker');
    await page.close();
  });

  test('takes a zip from the file picker; shows the headline, every claim and what was not seen, on a telephone too', async () => {
    const page = await browser.newPage({ viewport: { width: 400, height: 800 } });
    await page.goto(site);
    await page.locator('#files').setInputFiles(excerpt);
    const text = await caseOf(page, 1);
    expectSame(text, [excerpt]);
    const caseFile = JSON.parse(text) as Case;
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
    const shown = await page.locator('#drawn').innerText();
    expect(shown).toContain('COMPROMISED; WHETHER A WAY BACK IN IS LEFT IS NOT KNOWN');
    for (const claim of caseFile.claims) expect(shown).toContain(claim.says);
    for (const unseen of caseFile.claims.flatMap((claim) => claim.unseen)) {
      expect(shown).toContain(unseen.title);
      expect(shown).toContain(unseen.fetch);
    }
    await page.close();
  });

  test('shows names and rows of hostile evidence as text, with what hides in them written out', async () => {
    const hostile = join(work, 'hostile');
    const markup = '<img src=x onerror="document.title=\'taken over\'">';
    const log = [...specimen(demoScenario())].find((file) => file.path.endsWith('u_ex210303.log'));
    expect(log).toBeDefined();
    const rows = Buffer.from(joined(log!.pieces()))
      .toString('latin1')
      .replaceAll('+', `<b>${markup.replaceAll(' ', '+')}`);
    place(join(hostile, `W3SVC1/${markup}.log`.replaceAll('/W', '\u202eW')), Buffer.from(rows, 'latin1'));
    place(join(hostile, 'moc.elpmaxe\u202e\u200b\u2066.7z'), Buffer.from('377abcaf271c0004', 'hex'));
    const page = await browser.newPage();
    await page.goto(site);
    await drop(page, hostile);
    await caseOf(page, 2);
    await page.locator('details').evaluateAll((all) => {
      for (const one of all) one.setAttribute('open', '');
    });
    const shown = await page.locator('main').innerText();
    expect(shown).toContain(markup);
    expect(shown).toContain('moc.elpmaxe\\u{202e}\\u{200b}\\u{2066}.7z');
    expect(shown).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b]/);
    expect(await page.locator('main img, main b').count()).toBe(0);
    expect(await page.title()).toBe('Afterpatch');
    await page.close();
  });

  test('says of a clean folder what a browser leaves out of it, and of a clean zip only that it is clean', async () => {
    const cases = join(ROOT, 'packs/exchange-2021-03/cases/clean.yaml');
    const files = specimen(readCase(readFileSync(cases, 'utf8'), 'clean.yaml').trials[0].scenario);
    const clean = join(work, 'clean');
    writeTree(clean, treeFiles(files));
    writeFileSync(`${clean}.zip`, joined(specimenZip(files)));
    const notice = 'A browser does not show the links in a folder';
    for (const path of [clean, `${clean}.zip`]) {
      const page = await browser.newPage();
      await page.goto(site);
      await drop(page, path);
      await caseOf(page, 1);
      const shown = await page.locator('#drawn').innerText();
      expect(shown).toContain('NO TRACE OF THIS ATTACK');
      expect(shown.includes(notice)).toBe(path === clean);
      await page.close();
    }
  });

  test('opens an encrypted zip with the password that is typed, as the engine does', async () => {
    const sealed = join(work, 'sealed.zip');
    const sample = readFileSync(join(ROOT, 'core/src/containers/samples/7-zip-aes256.zip.gz.b64'), 'latin1');
    place(sealed, gunzipSync(Buffer.from(sample, 'base64')));
    const source = await openFolder(sealed, { passwords: [Buffer.from('infected')] });
    const caseFile = await assess({ sources: [source], packs, options: { version } }, nodeHost());
    // The members are logs without a head, which is a gap of its own.
    const gaps = caseFile.artifacts.flatMap((artifact) => artifact.gaps);
    expect(gaps.filter((gap) => gap.reason !== 'unsupported')).toEqual([]);
    expected.set(sealed, caseText(caseFile));
    const page = await browser.newPage();
    await page.goto(site);
    await drop(page, sealed);
    await page.locator('#options').evaluate((options) => options.setAttribute('open', ''));
    await page.fill('#password', 'infected');
    expectSame(await caseOf(page, 2), [sealed]);
    await page.close();
  });

  test('refuses a disk image with what to do, and takes other evidence afterwards', async () => {
    const image = join(work, 'disk.vhdx');
    place(image, Buffer.concat([Buffer.from('vhdxfile'), Buffer.alloc(4096)]));
    const page = await browser.newPage();
    await page.goto(site);
    await drop(page, image);
    await page.click('#begin');
    await page.locator('#status', { hasText: 'mount it read-only' }).waitFor();
    await page.getByRole('button', { name: 'Remove disk.vhdx' }).click();
    await drop(page, excerpt);
    expectSame(await caseOf(page, 1), [excerpt]);
    await page.close();
  });

  test('can be stopped, and then assesses again', async () => {
    const page = await browser.newPage();
    await page.goto(site);
    await drop(page, folder);
    await page.click('#begin');
    await page.click('#stop');
    await page.locator('#status', { hasText: 'Stopped' }).waitFor();
    expect(await page.locator('#answer').isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Remove evidence' }).click();
    await drop(page, excerpt);
    expectSame(await caseOf(page, 2), [excerpt]);
    await page.close();
  });

  test('lets nothing out: it asks for itself once, and neither it nor its workers can ask for more', async () => {
    asked.length = 0;
    const page = await browser.newPage();
    const started: Worker[] = [];
    page.on('worker', (worker) => started.push(worker));
    await page.goto(site);
    await page.locator('#packs', { hasText: 'exchange-2021-03' }).waitFor();
    const ways = [
      `fetch('${site}out').then(() => 'out', () => 'held')`,
      `new Promise((done) => { const to = new WebSocket('${site.replace('http', 'ws')}out'); to.onopen = () => done('out'); to.onerror = () => done('held'); })`,
      `new Promise((done) => { const from = new EventSource('${site}out'); from.onopen = () => done('out'); from.onerror = () => done('held'); })`,
    ];
    const chief = started[0];
    if (chief === undefined) throw new Error('expected the page to start a worker at once');
    for (const way of ways) {
      expect(await page.evaluate(way)).toBe('held');
      expect(await chief.evaluate(way)).toBe('held');
    }
    const taints = [
      `(() => { const image = new Image(); image.src = '${site}out'; return new Promise((done) => { image.onload = () => done('out'); image.onerror = () => done('held'); }); })()`,
      // Its answer says only that it was queued; the list of what was asked for says whether it went.
      `(navigator.sendBeacon('${site}out'), 'held')`,
      `(() => { try { document.body.innerHTML = '<b>'; return 'out'; } catch { return 'held'; } })()`,
      `(() => { try { new Worker('${site}out'); return 'out'; } catch { return 'held'; } })()`,
    ];
    for (const taint of taints) expect(await page.evaluate(taint)).toBe('held');
    await drop(page, excerpt);
    await caseOf(page, 2);
    expect(asked.filter((url) => url !== '/')).toEqual([]);
    expect(asked.length).toBe(1);
    await page.close();
  });
});

interface Case {
  readonly headline: unknown;
  readonly artifacts: unknown;
  readonly findings: unknown;
  readonly coverage: readonly { readonly extent: { readonly how: string } | null }[];
  readonly claims: readonly {
    readonly says: string;
    readonly unseen: readonly { readonly title: string; readonly fetch: string }[];
  }[];
  readonly limits: readonly { readonly says: string }[];
}

/** Not `toBe`: a difference of two long texts is no message. */
function expectSame(text: string, paths: readonly string[]): void {
  const wanted = expected.get(paths.join()) ?? '';
  let at = 0;
  while (at < wanted.length && wanted[at] === text[at]) at += 1;
  const near = (whole: string): string => whole.slice(Math.max(0, at - 60), at + 60);
  expect({ near: near(text), length: text.length }).toEqual({ near: near(wanted), length: wanted.length });
  expect(text === wanted).toBe(true);
}

/** Drags a file or a folder of this machine onto the page, as the browser itself tells a page of it. */
async function drop(page: Page, path: string): Promise<void> {
  const before = await page.locator('#chosen li').count();
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 200, y: 200, data });
  }
  await page.locator('#chosen li').nth(before).waitFor();
  await session.detach();
}

/** Assesses what was dropped and saves the case file. */
async function caseOf(page: Page, workers: number): Promise<string> {
  await page.locator('#options').evaluate((options) => options.setAttribute('open', ''));
  await page.fill('#workers', String(workers));
  await page.click('#begin');
  await page.locator('body:not(.running) #answer:not([hidden])').waitFor({ timeout: 50_000 });
  expect(await page.locator('#faults').innerText()).toBe('');
  const [saved] = await Promise.all([page.waitForEvent('download'), page.click('#download')]);
  expect(saved.suggestedFilename()).toBe('case.json');
  return readFileSync(await saved.path(), 'utf8');
}

/** What the browser says against the page. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
}

function place(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}
