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
  /** The signs were there, and what they are signs of was not. */
  isRefuted = false;
  host: string | undefined;
  collectedAt: Micros | undefined;
  readonly #failed: NotCopied[] = [];
  readonly #failedKeys = new Set<string>();
  readonly #folders = new Set<string>();
  readonly #skipped: Skipped[] = [];
  readonly #limits = new Map<string, number>();
  readonly #advice: Advice[] = [];
  readonly #places = new Map<string, string>();
  /** Characters of paths that may still be kept. */
  #room = ROOM;
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

  /**
   * Two manifests may say of one file that it is missing; the first of them counts.
   *
   * @param written the path as the manifest wrote it
   */
  fail(written: string, says: string): void {
    const original = originalOf(written);
    const key = pathKey(original);
    if (this.#failedKeys.has(key)) return;
    this.#failedCount += 1;
    const folder = key.slice(0, key.lastIndexOf('/') + 1);
    const isNew = !this.#folders.has(folder);
    if (isNew && this.#folders.size < MOST_FOLDERS) this.#folders.add(folder);
    else if (isNew) this.#failedAnywhere = true;
    const bound = isNew ? MOST_FAILED + MOST_FOLDERS : MOST_FAILED;
    if (this.#failed.length >= bound || !this.#takes(original)) {
      this.#failedAnywhere ||= isNew;
      return;
    }
    this.#failed.push({ original, says: excerptOf(says, TEXT_LIMIT) });
    this.#failedKeys.add(key);
  }

  /** Files that were not copied and that nobody names: any folder of the package may miss one. */
  failUnnamed(count: number, says: string): void {
    this.#failedCount += count;
    this.#failedAnywhere = true;
    this.limit(says);
  }

  /** A duplicate that was not copied because `sameAs` was. */
  skip(written: string, sha1: string, sameAs: string): void {
    const original = originalOf(written);
    const same = originalOf(sameAs);
    if (this.#skipped.length >= MOST_SKIPPED || !this.#takes(original + same)) {
      this.fail(written, 'skipped as a duplicate; there are more of these than are kept');
      return;
    }
    this.#skippedCount += 1;
    const says = 'not copied again: a copied file has the same content';
    this.#skipped.push({ original, says, sha1, sameAs: same });
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
    if (known === undefined && !this.#takes(key + original)) return;
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

  /** Whether there is room for a text among those that are kept. */
  #takes(text: string): boolean {
    this.#room -= text.length;
    return this.#room >= 0;
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
  const path = written.slice(0, PATH_LIMIT);
  return excerptOf(serverPath(path) ?? path.replaceAll('\\', '/'), PATH_LIMIT);
}

const MOST_FAILED = 10_000;
const MOST_FOLDERS = 10_000;
const MOST_SKIPPED = 200_000;
const MOST_LIMITS = 100;
const MOST_PLACES = 10_000;
const MOST_PRIOR = 10_000;
const TEXT_LIMIT = 400;
/** No path of Windows is longer, but for those of the longest kind, which nothing on a mail server has. */
const PATH_LIMIT = 4096;
const ROOM = 16 * 1024 * 1024;
