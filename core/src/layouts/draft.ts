import { excerptOf } from '../bytes/text.ts';
import type { Extent } from '../model/reading.ts';
import type { Micros } from '../model/evidence.ts';
import type { Advice, Collection, LayoutName, NotCopied, PriorFinding, Skipped } from './laid-out.ts';
import { pathKey, serverPath } from './server-path.ts';

/** What is found out about one package while its manifests are read. Every list is bounded. */
export class Draft {
  readonly layout: LayoutName;
  readonly root: string;
  readonly verdicts: PriorBook;
  host: string | undefined;
  collectedAt: Micros | undefined;
  readonly #failed: NotCopied[] = [];
  readonly #folders = new Set<string>();
  readonly #skipped: Skipped[] = [];
  readonly #limits = new Map<string, number>();
  readonly #advice: Advice[] = [];
  readonly #places = new Map<string, string>();
  #failedCount = 0;
  #skippedCount = 0;
  #failedAnywhere = false;

  constructor(layout: LayoutName, root: string, verdicts: PriorBook) {
    this.layout = layout;
    this.root = root;
    this.verdicts = verdicts;
  }

  get failedCount(): number {
    return this.#failedCount;
  }

  /** @param written the path as the manifest wrote it */
  fail(written: string, says: string): void {
    this.#failedCount += 1;
    const original = originalOf(written);
    const folder = pathKey(original.slice(0, original.lastIndexOf('/') + 1));
    const isNew = !this.#folders.has(folder);
    if (isNew && this.#folders.size < MOST_FOLDERS) this.#folders.add(folder);
    else if (isNew) this.#failedAnywhere = true;
    const bound = isNew ? MOST_FAILED + MOST_FOLDERS : MOST_FAILED;
    if (this.#failed.length < bound) this.#failed.push({ original, says: excerptOf(says, TEXT_LIMIT) });
  }

  /** A duplicate that was not copied because `sameAs` was. */
  skip(written: string, sha1: string, sameAs: string): void {
    if (this.#skipped.length >= MOST_SKIPPED) {
      this.fail(written, 'skipped as a duplicate; there are more of these than are kept');
      return;
    }
    this.#skippedCount += 1;
    const says = 'not copied again: a copied file has the same content';
    this.#skipped.push({ original: originalOf(written), says, sha1, sameAs: originalOf(sameAs) });
  }

  /** @param says said once however often it is met */
  limit(says: string): void {
    const text = excerptOf(says, TEXT_LIMIT);
    const count = this.#limits.get(text);
    if (count !== undefined || this.#limits.size < MOST_LIMITS) this.#limits.set(text, (count ?? 0) + 1);
  }

  advise(path: string, says: string): void {
    if (this.#advice.length < MOST_LIMITS) this.#advice.push({ path, says });
  }

  /** Notes where a file lay, under a key that the layout makes of its place in the package; of two, neither is known. */
  place(key: string, original: string): void {
    const known = this.#places.get(key);
    if (known === undefined && this.#places.size < MOST_PLACES) this.#places.set(key, original);
    else if (known !== undefined && pathKey(known) !== pathKey(original)) this.#places.set(key, '');
  }

  placeOf(key: string): string | undefined {
    const original = this.#places.get(key);
    return original === '' ? undefined : original;
  }

  get advice(): readonly Advice[] {
    return this.#advice;
  }

  finish(): Collection {
    return {
      layout: this.layout,
      root: this.root,
      host: this.host,
      collectedAt: this.collectedAt,
      failed: this.#failed,
      failedCount: this.#failedCount,
      failedAnywhere: this.#failedAnywhere,
      skipped: this.#skipped,
      skippedCount: this.#skippedCount,
      limits: [...this.#limits.keys()],
    };
  }
}

/** What other tools concluded, of all packages together. */
export class PriorBook {
  readonly findings: PriorFinding[] = [];
  count = 0;

  add(finding: { readonly tool: string; readonly path: string; readonly at: Extent; readonly says: string }): void {
    this.count += 1;
    if (this.findings.length >= MOST_PRIOR) return;
    const { tool, path, at } = finding;
    const says = excerptOf(finding.says, TEXT_LIMIT);
    this.findings.push({ tool: excerptOf(tool, 200), path, offset: at.offset, length: at.length, says });
  }
}

function originalOf(written: string): string {
  return serverPath(written) ?? excerptOf(written.replaceAll('\\', '/'), PATH_LIMIT);
}

const MOST_FAILED = 10_000;
const MOST_FOLDERS = 10_000;
const MOST_SKIPPED = 200_000;
const MOST_LIMITS = 100;
const MOST_PLACES = 10_000;
const MOST_PRIOR = 10_000;
const TEXT_LIMIT = 400;
const PATH_LIMIT = 1024;
