/** What a column of a file list means, whatever its collector calls it. */
export type Meaning =
  | 'path'
  | 'parent'
  | 'name'
  | 'size'
  | 'sha256'
  | 'hash'
  | 'algorithm'
  | 'created'
  | 'modified'
  | 'changed'
  | 'accessed'
  | 'attributes'
  | 'mode'
  | 'owner'
  | 'host'
  | 'is-directory'
  | 'in-use'
  | 'deleted';

export interface Column {
  /** Place of the column in its row; for JSON, of the key. */
  readonly index: number;
  /** The column's name says that its times are UTC. */
  readonly utc: boolean;
}

export type Columns = ReadonlyMap<Meaning, Column>;

/**
 * Finds the columns of a file list by their names, without regard to case, spaces and punctuation.
 *
 * A list names whole paths (or folder and name) and at least a size, a SHA-256 or, where the name of the path column
 * leaves no doubt, a time. Tables about something else that happen to name files, such as event logs, shortcut files,
 * Amcache or processes, are told by columns that no file list has.
 *
 * @returns `undefined` if this is no file list
 */
export function manifestColumns(names: readonly string[]): Columns | undefined {
  const columns = new Map<Meaning, Column & { rank: number }>();
  for (const [index, written] of names.entries()) {
    const name = written.toLowerCase().replaceAll(PUNCTUATION, '');
    if (FOREIGN.has(name)) return undefined;
    const utc = name.endsWith('utc') || name.endsWith('0x10');
    const known = NAMES.get(name) ?? NAMES.get(name.endsWith('utc') ? name.slice(0, -3) : name);
    if (known === undefined) continue;
    const rank = known.rank - (utc ? 0.5 : 0);
    const taken = columns.get(known.meaning);
    if (taken === undefined || rank < taken.rank) columns.set(known.meaning, { index, utc, rank });
  }
  const joined = columns.has('parent') && columns.has('name');
  // MFTECmd names the $MFT it read in every row.
  if (joined && (columns.get('path')?.rank ?? 0) >= SOURCE_RANK) columns.delete('path');
  const path = columns.get('path');
  if (path === undefined && !joined) return undefined;
  const hashed = columns.has('sha256') || (columns.has('hash') && columns.has('algorithm'));
  if (hashed || columns.has('size')) return columns;
  const plain = path === undefined ? joined : path.rank < LOOSE_RANK;
  return plain && (columns.has('hash') || TIMES.some((time) => columns.has(time))) ? columns : undefined;
}

export const TIMES = ['created', 'modified', 'changed', 'accessed'] as const;

/** Path columns from here on may be the path of something else. */
const LOOSE_RANK = 10;
/** A path column from here on gives way to folder and name. */
const SOURCE_RANK = 20;
const PUNCTUATION = /[\s_\-./()[\]:]/g;

/** Of several columns with one meaning, the first in its list counts. */
const NAMES: ReadonlyMap<string, { readonly meaning: Meaning; readonly rank: number }> = new Map(
  (
    [
      ['path', 1, 'fullpath fullname ospath filepath fullfilename filefullpath pathname'],
      ['path', LOOSE_RANK, 'path file'],
      ['path', SOURCE_RANK, 'sourcefile'],
      ['parent', 1, 'parentpath directoryname directory parentfolder folderpath folder dirname'],
      ['name', 1, 'filename name'],
      ['size', 1, 'length size filesize sizebytes sizeinbytes filesizebytes bytes'],
      ['sha256', 1, 'sha256 sha256hash hashsha256 sha256sum filesha256'],
      ['hash', 1, 'hash filehash'],
      ['algorithm', 1, 'algorithm hashalgorithm hashtype'],
      [
        'created',
        1,
        'creationtime created createdon createdtime createtime datecreated creationdate created0x10 btime birthtime crtime',
      ],
      [
        'modified',
        1,
        'lastwritetime lastmodified modified modifiedon lastmodifiedtime modifiedtime modificationtime datemodified lastmodified0x10 lastwrite mtime',
      ],
      ['changed', 1, 'lastrecordchange0x10 ctime changed changetime recordchanged mftmodified metadatachanged'],
      [
        'accessed',
        1,
        'lastaccesstime lastaccess lastaccessedon accessed accesstime lastaccessed dateaccessed lastaccess0x10 atime',
      ],
      ['attributes', 1, 'attributes fileattributes siflags'],
      ['mode', 1, 'mode'],
      ['owner', 1, 'owner fileowner'],
      ['host', 1, 'hostname computername computer fqdn machinename pscomputername host machine'],
      ['is-directory', 1, 'isdirectory isdir psiscontainer isfolder'],
      ['in-use', 1, 'inuse allocated'],
      ['deleted', 1, 'isdeleted deleted'],
    ] as const
  ).flatMap(([meaning, rank, names]) =>
    names.split(' ').map((name, at) => [name, { meaning, rank: rank + at / 100 }] as const),
  ),
);

const FOREIGN: ReadonlySet<string> = new Set(
  (
    'eventid eventrecordid payload payloaddata1 timecreated urlstem url csuristem cip sip csmethod scstatus requestid clientip clientipaddress ' +
    'useragent httpstatus commandline processid pid ppid parentprocessid programid runcount lastrun deletedon sourcecreated ' +
    'volumeserialnumber drivetype localpath keyname entrylocation updatereasons updatesequencenumberoffset severity ruletitle threatname build'
  ).split(' '),
);
