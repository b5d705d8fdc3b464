import { parseIsoTime } from '@afterpatch/core/bytes/time.ts';
import { byteText, counted } from '@afterpatch/core/export/figures.ts';
import type { Progress } from '@afterpatch/core/model/host.ts';

import { workerScript } from 'afterpatch:worker';

import { AssessmentRun } from './assessment-run.ts';
import { drawCase } from './case-page.ts';
import type { CaseView } from './case-view.ts';
import { nameOf, sizeOf } from './dropped.ts';
import type { Dropped } from './dropped.ts';
import { askForFolder, listDrop } from './browser-folder.ts';
import { listFolder, pickedFolders } from './folder-listing.ts';
import type { WorkerMessage } from './messages.ts';
import { fill, make, part } from './page-text.ts';
import { WorkerSource } from './worker-source.ts';

/** The page: what is dropped on it is listed, assessed in workers, and answered. Nothing leaves it. */

/** As many workers as there are cores, up to four: more of them cost memory and wait for the disk. */
const MOST_USUAL = 4;
const MOST_WORKERS = 16;
/** Bytes below which workers take more time to start than they save. */
const WORTH_WORKERS = 32 * 1024 * 1024;
const MOST_FAULTS = 20;
const SHOWN_BY_FOLDERS: readonly string[] = ['implanted', 'operated', 'persisting'];
const LINKS =
  'A browser does not show the links in a folder, and a link can stand for a file. Before you rely on what is ruled out below, assess the same folder with the command line, or as a zip.';

const dropZone = part('drop', HTMLElement);
const chosen = part('chosen', HTMLUListElement);
const begin = part('begin', HTMLButtonElement);
const stop = part('stop', HTMLButtonElement);
const status = part('status', HTMLElement);
const bar = part('bar', HTMLProgressElement);
const progress = part('progress', HTMLElement);
const answer = part('answer', HTMLElement);
const drawn = part('drawn', HTMLElement);
const download = part('download', HTMLAnchorElement);
const faults = part('faults', HTMLUListElement);
const asOf = part('as-of', HTMLInputElement);
const password = part('password', HTMLInputElement);
const workers = part('workers', HTMLInputElement);

let evidence: readonly Dropped[] = [];
let isRunning = false;
const run = new AssessmentRun(new WorkerSource(workerScript), hear);

const filePicker = picker('files', (files) => Array.from(files, (file): Dropped => ({ is: 'file', file })));
const folderPicker = picker('folder', pickedFolders);
part('choose-files', HTMLButtonElement).addEventListener('click', () => filePicker.click());
part('choose-folder', HTMLButtonElement).addEventListener('click', () => void askOrPick());
begin.addEventListener('click', assess);
stop.addEventListener('click', () => {
  run.stop();
  rest('Stopped. Nothing was kept.');
});
for (const name of ['dragenter', 'dragover']) {
  addEventListener(name, (event) => {
    event.preventDefault();
    dropZone.classList.toggle('over', !isRunning);
  });
}
addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) dropZone.classList.remove('over');
});
addEventListener('drop', (event) => {
  event.preventDefault();
  dropZone.classList.remove('over');
  if (!isRunning && event.dataTransfer !== null) void take(listDrop(event.dataTransfer.items, tellListed));
});

function picker(id: string, opened: (files: FileList) => readonly Dropped[]): HTMLInputElement {
  const input = part(id, HTMLInputElement);
  input.addEventListener('change', () => {
    if (input.files !== null) add(opened(input.files));
    // So that the same choice can be made again.
    input.value = '';
  });
  return input;
}

async function askOrPick(): Promise<void> {
  const folder = await askForFolder();
  if (folder === undefined) folderPicker.click();
  else if (folder !== null) await take(listFolder(folder, tellListed).then((one) => [one]));
}

async function take(listing: Promise<readonly Dropped[]>): Promise<void> {
  try {
    add(await listing);
  } catch (error) {
    fill(status, `The files could not be listed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function tellListed(files: number): void {
  fill(status, `Listing: ${counted(files, 'file', 'files')} …`);
}

function add(more: readonly Dropped[]): void {
  if (isRunning) return;
  evidence = [...evidence, ...more];
  showChosen();
  fill(status, more.length === 0 ? 'There was no file in it.' : '');
}

function showChosen(): void {
  fill(
    chosen,
    ...evidence.map((one) => {
      const { files, bytes } = sizeOf(one);
      const text = one.is === 'file' ? byteText(bytes) : `${counted(files, 'file', 'files')}, ${byteText(bytes)}`;
      const remove = make('button', 'quiet', 'Remove');
      remove.type = 'button';
      remove.setAttribute('aria-label', `Remove ${nameOf(one)}`);
      remove.addEventListener('click', () => {
        evidence = evidence.filter((other) => other !== one);
        showChosen();
      });
      return make('li', '', make('span', 'name', nameOf(one)), ' ', make('span', 'faint', text), ' ', remove);
    }),
  );
  begin.disabled = evidence.length === 0;
}

function assess(): void {
  const moment = asOf.value.trim();
  const at = moment === '' ? undefined : parseIsoTime(moment, { unzonedIsUtc: true });
  if (moment !== '' && at === undefined) {
    fill(status, `Expected the moment in ISO 8601, such as 2021-03-09T10:00:00Z, found ${moment}`);
    asOf.focus();
    return;
  }
  isRunning = true;
  document.body.classList.add('running');
  answer.hidden = true;
  fill(faults);
  fill(status, '');
  begin.disabled = true;
  bar.removeAttribute('value');
  fill(progress, 'Listing …');
  const passwords = password.value === '' ? [] : [password.value];
  run.start({ inputs: { evidence, passwords }, asOf: at, workers: workersWanted() });
}

function workersWanted(): number {
  const wanted = workers.valueAsNumber;
  if (Number.isInteger(wanted)) return Math.max(1, Math.min(MOST_WORKERS, wanted));
  const bytes = evidence.reduce((sum, one) => sum + sizeOf(one).bytes, 0);
  return bytes < WORTH_WORKERS ? 1 : Math.max(1, Math.min(MOST_USUAL, navigator.hardwareConcurrency));
}

function hear(message: WorkerMessage): void {
  if (message.is === 'ready') fill(part('packs', HTMLElement), message.packs.join(', '));
  else if (message.is === 'progress') showProgress(message.now);
  else if (message.is === 'fault') showFault(message.where, message.says);
  else if (message.is === 'done') {
    run.stop();
    URL.revokeObjectURL(download.href);
    download.href = URL.createObjectURL(message.caseFile);
    fill(part('case-size', HTMLElement), byteText(message.caseFile.size));
    answer.hidden = false;
    rest('');
    fill(drawn, ...linksNotice(message.view), ...drawCase(message.view));
    part('answer-title', HTMLElement).focus();
  } else {
    // A worker that cannot even begin would fail again and again.
    if (isRunning) run.stop();
    if (message.is === 'failed') showFault('the run', message.says);
    rest(message.is === 'refused' ? message.says : 'A fault of ours, please report it with the lines below.');
  }
}

/** Nothing is ruled out on what a browser lists without saying what it leaves out. */
function linksNotice(view: CaseView): readonly HTMLElement[] {
  const isRuledOut = view.verdicts.some((verdict) =>
    verdict.claims.some(({ claim, answer: said }) => said === 'RULED OUT' && SHOWN_BY_FOLDERS.includes(claim)),
  );
  if (!isRuledOut || !evidence.some((one) => one.is === 'folder')) return [];
  return [make('p', 'notice tone-warn', LINKS)];
}

function rest(says: string): void {
  isRunning = false;
  document.body.classList.remove('running');
  begin.disabled = evidence.length === 0;
  fill(status, says);
}

function showProgress(now: Progress): void {
  const { phase, bytesDone, bytesTotal, path } = now;
  if (phase === 'list') {
    fill(progress, `Listing: ${counted(now.artifactsDone, 'file', 'files')}`);
    return;
  }
  const share = bytesTotal > 0 ? bytesDone / bytesTotal : 0;
  bar.value = share;
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (phase === 'judge') fill(progress, 'Judging …');
  // Never 100 before it is done.
  else
    fill(
      progress,
      `${Math.min(99, Math.floor(share * 100))} %, ${byteText(bytesDone)} of ${byteText(bytesTotal)}: ${name}`,
    );
}

function showFault(where: string, says: string): void {
  if (faults.childElementCount < MOST_FAULTS)
    faults.append(
      make(
        'li',
        '',
        make('p', '', `Fault of ours in ${where}; the case says so too.`),
        ...says.split('\n').map((line) => make('code', '', line)),
      ),
    );
}
