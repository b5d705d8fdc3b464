import type { TreeSpec } from '../model/pack.ts';
import type { EvidenceRecord, Extent, FieldValue } from '../model/reading.ts';
import { placeInTree, slashed } from './trees.ts';
import type { TreePlace } from './trees.ts';

/** Largest web file whose text is shown to checks; shells are small, and what is larger becomes a gap. */
export const MAX_CONTENT: number = 8 * 1024 * 1024;

const EXCERPT = 400;
/** Extensions of files whose text checks may read, whatever folder they lie in. */
const TEXT_EXTENSIONS: ReadonlySet<string> = new Set(
  'aspx ashx asmx asax ascx asp asa cer cdx cshtml vbhtml master svc soap config compiled php jsp cgi js htm html txt xml bat cmd ps1 vbs'.split(
    ' ',
  ),
);

/** Whether checks may want the text of a file of this name. */
export function wantsContent(path: string): boolean {
  return TEXT_EXTENSIONS.has(extensionOf(nameOf(path)));
}

/** Where a file lay, and what is known to lie above that. */
export interface FilePlace {
  /** Empty, or what lies above the evidence root, ending in `/`. */
  readonly above: string;
  readonly path: string;
}

/** A file of the evidence as a record: what it is called, where it lies, what is in it. */
export class FileRecord implements EvidenceRecord {
  readonly is = 'record' as const;
  readonly kind = 'file';
  readonly source = undefined;
  readonly at = undefined;
  readonly host = undefined;
  readonly origin: Extent;
  readonly #values: ReadonlyMap<string, FieldValue>;
  readonly #text: string | undefined;

  constructor(
    file: FilePlace & { readonly size: number; readonly sha256: string; readonly text: string | undefined },
    trees: readonly TreeSpec[],
  ) {
    this.origin = { offset: 0, length: file.size };
    this.#text = file.text;
    const path = slashed(file.path);
    this.#values = new Map<string, FieldValue>([
      ['path', path],
      ['name', nameOf(path)],
      ['extension', extensionOf(nameOf(path))],
      ['size', file.size],
      ['sha256', file.sha256],
      ['has-content', file.text !== undefined],
      ...placeValues(placeInTree(slashed(file.above) + path, trees)),
      ...(file.text === undefined ? [] : ([['content', file.text]] as const)),
      ...compiledPath(path, file.text),
    ]);
  }

  get(field: string): FieldValue {
    return this.#values.get(field);
  }

  fields(): readonly string[] {
    return [...this.#values.keys()];
  }

  excerpt(): string {
    return this.#text === undefined ? String(this.#values.get('path')) : this.#text.slice(0, EXCERPT);
  }
}

/** A row of a collector's manifest, with the place of the file it names added to it. */
export class ListedFileRecord implements EvidenceRecord {
  readonly is = 'record' as const;
  readonly kind = 'file';
  readonly source = undefined;
  readonly #row: EvidenceRecord;
  readonly #added: ReadonlyMap<string, FieldValue>;

  constructor(row: EvidenceRecord, trees: readonly TreeSpec[]) {
    this.#row = row;
    const path = slashed(String(row.get('path') ?? ''));
    this.#added = new Map<string, FieldValue>([
      ['path', path],
      ['extension', extensionOf(nameOf(path))],
      ['name', nameOf(path)],
      ['has-content', false],
      ...placeValues(placeInTree(path, trees)),
    ]);
  }

  get at(): number | undefined {
    return this.#row.at;
  }

  get host(): string | undefined {
    return this.#row.host;
  }

  get origin(): Extent {
    return this.#row.origin;
  }

  get(field: string): FieldValue {
    return this.#added.get(field) ?? this.#row.get(field);
  }

  fields(): readonly string[] {
    return [...new Set([...this.#row.fields(), ...this.#added.keys()])];
  }

  excerpt(): string {
    return this.#row.excerpt();
  }
}

function placeValues(place: TreePlace | undefined): readonly (readonly [string, FieldValue])[] {
  if (place === undefined) return [];
  const served = place.urlPath === undefined ? [] : ([['url-path', place.urlPath]] as const);
  return [['tree', place.tree], ['tree-path', place.treePath], ...served];
}

/** The page that a `.compiled` file of the ASP.NET cache was made from: its `virtualPath`, lower-case. */
function compiledPath(path: string, text: string | undefined): readonly (readonly [string, FieldValue])[] {
  if (text === undefined || extensionOf(nameOf(path)) !== 'compiled') return [];
  const virtualPath = /\bvirtualPath="([^"<>]{1,1024})"/i.exec(text.slice(0, 65_536))?.[1];
  return virtualPath === undefined ? [] : [['compiled-path', virtualPath.toLowerCase()]];
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function extensionOf(name: string): string {
  // Windows drops trailing dots and spaces, and `x.aspx::$DATA` is x.aspx.
  const plain = name
    .toLowerCase()
    .replace(/::\$data$/, '')
    .replace(/[. ]+$/, '');
  const dot = plain.lastIndexOf('.');
  return dot < 0 ? '' : plain.slice(dot + 1);
}
