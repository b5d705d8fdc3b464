import { copiedFiles, movedFile, serverName, sizeOf, textFile } from './package-plan.ts';
import type { PackagePlan } from './package-plan.ts';
import type { SpecimenFile } from './specimen-file.ts';
import { isoStamp } from './stamp.ts';

/**
 * The files of a specimen as an offline collector of Velociraptor 0.7 lays them out: read by the accessor `auto`, every
 * part of a path percent-encoded, one row of `uploads.json` a file.
 */
export function velociraptorPackage(files: readonly SpecimenFile[], plan: PackagePlan): readonly SpecimenFile[] {
  const copied = copiedFiles(files, plan);
  const at = isoStamp(Math.floor(plan.collected / 1000));
  const text = (path: string, content: string): SpecimenFile => textFile(path, plan.collected, content);
  const uploads = copied.map((file) => {
    const size = sizeOf(file);
    const components = ['uploads', 'auto', ...serverName(file.path).split('\\')];
    return json({
      Timestamp: at,
      started: at,
      vfs_path: serverName(file.path),
      _Components: components,
      file_size: size,
      uploaded_size: size,
      Type: '',
    });
  });
  const matches = files.map((file) => {
    const modified = isoStamp(Math.floor(file.modified / 1000));
    return json({
      Created: modified,
      Changed: modified,
      LastAccessed: at,
      Modified: modified,
      Size: sizeOf(file),
      SourceFile: serverName(file.path),
    });
  });
  const log = (plan.failed ?? []).map((path) =>
    json({
      _ts: plan.collected / 1e6,
      level: 'ERROR',
      message: `upload: Unable to open file ${serverName(path)}: access denied`,
    }),
  );
  return [
    ...copied.map((file) => movedFile(file, `uploads/auto/${storedName(file.path)}`)),
    text('uploads.json', uploads.join('')),
    text(
      'client_info.json',
      JSON.stringify({ client_id: 'C.0123456789abcdef', hostname: plan.host, os_info: { system: 'windows' } }),
    ),
    text(
      'collection_context.json',
      JSON.stringify({
        session_id: 'F.C0FFEE',
        create_time: plan.collected - 60_000_000,
        active_time: plan.collected,
        state: 'FINISHED',
      }),
    ),
    text('requests.json', JSON.stringify({ artifacts: ['Windows.Triage.Targets'] })),
    text(
      'log.json',
      [json({ _ts: plan.collected / 1e6, level: 'INFO', message: 'Starting collection' }), ...log].join(''),
    ),
    text('results/Windows.Triage.Targets%2FAll Matches Metadata.json', matches.join('')),
  ];
}

/**
 * The files of a specimen as an offline collector before 0.6.7 lays them out: the accessor and the drive's letter at the
 * top, results beside them, no list of uploads but the artifact's own.
 */
export function oldVelociraptorPackage(files: readonly SpecimenFile[], plan: PackagePlan): readonly SpecimenFile[] {
  const copied = copiedFiles(files, plan);
  const left = new Set(plan.failed ?? []);
  const at = isoStamp(Math.floor(plan.collected / 1000));
  const rows = files.map((file) => {
    const stored = left.has(file.path) ? {} : { DestinationFile: `auto/${file.path}` };
    return `${JSON.stringify({ CopiedOnTimestamp: at, SourceFile: serverName(file.path), FileSize: sizeOf(file), ...stored })}\n`;
  });
  const text = (path: string, content: string): SpecimenFile => textFile(path, plan.collected, content);
  return [
    ...copied.map((file) => movedFile(file, `auto/${file.path.replaceAll(/[:?]/g, '')}`)),
    text('Windows.KapeFiles.Targets%2FUploads.json', rows.join('')),
    text('Generic.Client.Info%2FBasicInformation.json', `${JSON.stringify({ Hostname: plan.host, OS: 'windows' })}\n`),
  ];
}

/** One row of a manifest of JSON Lines. */
function json(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

/** A collection protected for a server's key: what the zip around it shows. */
export function encryptedCollection(plan: PackagePlan): readonly SpecimenFile[] {
  const row = { EncryptedPass: 'bm90IGEga2V5', Scheme: 'X509', PublicKey: 'bm90IGEga2V5' };
  return [
    textFile('metadata.json', plan.collected, JSON.stringify([row])),
    textFile('data.zip', plan.collected, 'not to be read'),
  ];
}

/** `C/Program Files/x%y` as it stands in the zip: the parts that a zip program may stumble over in percent codes. */
function storedName(path: string): string {
  const [drive = '', ...parts] = path.split('/');
  return [`${drive}:`, ...parts].map(storedPart).join('/');
}

function storedPart(part: string): string {
  return part
    .replaceAll(/[?"*:|<>%/\\]/g, percentCode)
    .replace(/^[. ]/, percentCode)
    .replace(/[. ]$/, percentCode);
}

function percentCode(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
