import { roomFor, oneLine, packNames, splitRoot } from './collection-plan.ts';
import type { CollectionPlan, PlannedPlace, PlannedRoot } from './collection-plan.ts';
import { byteText } from './figures.ts';

/**
 * A Velociraptor artifact (YAML, VQL) for the client or the offline collector. It asks the server where the roots lie
 * and takes the files in the order of the plan. The columns of its rows are those that `file-manifest` reads, so what was
 * listed counts even where a file could not be uploaded.
 *
 * Globs are relative to a root. `**` goes down through all folders, `*` stands for any part of a name; the loader of
 * packs keeps every other character that a glob would read as its own out of the paths.
 */
export function velociraptorArtifact(plan: CollectionPlan): string {
  return [
    `name: Custom.Afterpatch.${nameOf(plan)}`,
    'author: Afterpatch',
    'description: |',
    `  Evidence for Afterpatch, soonest overwritten first: ${oneLine(plan.packs.map((pack) => pack.title).join('; '))}.`,
    '',
    `  Made from ${oneLine(packNames(plan))}. Up to about ${byteText(roomFor(plan))}.`,
    'type: CLIENT',
    "precondition: SELECT OS FROM info() WHERE OS = 'windows'",
    'parameters:',
    '  - name: Places',
    '    description: What to take, below which root. copy takes the files, list their names, times and hashes.',
    '    type: csv',
    '    default: |',
    ...csv([['Place', 'Glob', 'Take', 'Source'], ...plan.places.map(placeRow)]),
    '  - name: Folders',
    '    description: Where the roots lie, besides what the server says itself. Add the folder of an unusual server here.',
    '    type: csv',
    '    default: |',
    ...csv([['Root', 'Folder'], ...plan.roots.flatMap(folderRows)]),
    '  - name: Registry',
    '    description: Values of the registry that name the folder of a root.',
    '    type: csv',
    '    default: |',
    ...csv([['Name', 'Key'], ...plan.roots.flatMap(registryRows)]),
    '  - name: Configuration',
    '    description: XML files, and the attribute in them that names the folder of a root.',
    '    type: csv',
    '    default: |',
    ...csv([['Name', 'File', 'Attribute'], ...plan.roots.flatMap(xmlRows)]),
    '  - name: Accessor',
    '    description: auto reads files that are in use through NTFS.',
    '    type: choices',
    '    default: auto',
    '    choices: [auto, ntfs, file]',
    'sources:',
    '  - name: Files',
    '    query: |',
    ...QUERY.trim()
      .split('\n')
      .map((line) => (line === '' ? '' : `      ${line}`)),
    '',
  ].join('\n');
}

const QUERY = String.raw`
LET InRegistry = SELECT Name AS Root, Data.value AS Folder
  FROM foreach(row=Registry, query={
    SELECT Name, Data FROM glob(globs=Key, accessor='registry')
  })

LET InFiles = SELECT Name AS Root, Folder
  FROM foreach(row=Configuration, query={
    SELECT Name, Folder FROM parse_records_with_regex(file=expand(path=File), accessor='file', regex=Attribute)
  })

LET Candidates = SELECT Root, regex_replace(source=expand(path=Folder), re='''[\\/]+$''', replace='') AS Folder
  FROM chain(a=InRegistry, b=InFiles, c={ SELECT Root, Folder FROM Folders })

LET Roots <= SELECT Root, Folder, lowcase(string=format(format='%v|%v', args=[Root, Folder])) AS Once
  FROM Candidates
  WHERE Folder =~ '^[A-Za-z]:'
  GROUP BY Once

-- A site that serves a whole drive would make this a copy of the drive.
LET Globs <= SELECT Source, Take, Folder + '\\' + Glob AS Glob
  FROM foreach(row=Places, query={
    SELECT Source, Take, Glob, Folder FROM Roots WHERE Root = Place
  })
  WHERE NOT Glob =~ '''^[A-Za-z]:\\[*]'''

LET Found = SELECT * FROM foreach(row=Globs, query={
    SELECT OSPath, Size, Btime, Mtime, Ctime, Source, Take
    FROM glob(globs=Glob, accessor=Accessor, nosymlink=TRUE)
    WHERE NOT IsDir
  })

SELECT OSPath, Size, Btime, Mtime, Ctime, Source, Take,
       if(condition=Take = 'copy',
          then=upload(file=OSPath, accessor=Accessor, mtime=Mtime).sha256,
          else=hash(path=OSPath, accessor=Accessor, hashselect='SHA256').SHA256) AS Sha256
FROM Found
`;

/** `exchange-2021-03` as `Exchange202103`; of several packs, one word after the other. */
function nameOf(plan: CollectionPlan): string {
  const words = plan.packs.flatMap((pack) => pack.id.split('-'));
  const name = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
  return name.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, LONGEST_NAME);
}

function placeRow({ spec, serves }: PlannedPlace): readonly string[] {
  const { root, below } = splitRoot(spec.path);
  const folder = below === '' ? '' : `${below}\\`;
  const mask = spec.recursive ? (spec.mask === '*' ? '**' : `**\\${spec.mask}`) : spec.mask;
  return [root, folder + mask, spec.take, serves.map((served) => served.id).join(' ')];
}

/** The environment knows a root by its own name; where it does not, the usual folders are tried. */
function folderRows(root: PlannedRoot): readonly (readonly string[])[] {
  return [[root.name, `%${root.name}%`], ...root.usual.map((folder) => [root.name, folder])];
}

function registryRows(root: PlannedRoot): readonly (readonly string[])[] {
  return root.lookups.flatMap((lookup) =>
    lookup.is === 'registry' ? [[root.name, `HKEY_LOCAL_MACHINE\\${lookup.key}\\${lookup.value}`]] : [],
  );
}

function xmlRows(root: PlannedRoot): readonly (readonly string[])[] {
  return root.lookups.flatMap((lookup) => {
    if (lookup.is !== 'xml') return [];
    const attribute = `(?i)<${lookup.element}\\s[^>]*?\\b${lookup.attribute}="(?P<Folder>[^"]+)"`;
    return [[root.name, lookup.file, attribute]];
  });
}

/** CSV rows (RFC 4180) in a YAML block scalar, indented as one. */
function csv(rows: readonly (readonly string[])[]): readonly string[] {
  return rows.map((row) => `      ${row.map(cell).join(',')}`);
}

function cell(text: string): string {
  const line = oneLine(text);
  return /[",]/.test(line) ? `"${line.replaceAll('"', '""')}"` : line;
}

const LONGEST_NAME = 100;
