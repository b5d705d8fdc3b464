import type { Format } from '../model/reading.ts';
import { eventCsv } from './event-csv/format.ts';
import { eventJson } from './event-json/format.ts';
import { evtx } from './evtx/format.ts';
import { exchangeCsv } from './exchange-csv/format.ts';
import { exchangeSetupLog } from './exchange-setup-log/format.ts';
import { fileManifest } from './file-manifest/format.ts';
import { iisConfig } from './iis-config/format.ts';
import { iisW3c } from './iis-w3c/format.ts';
import { peVersion } from './pe-version/format.ts';

/** All formats, those that are surest of themselves first: the first that recognises an artifact reads it. */
export const FORMATS: readonly Format[] = [
  evtx,
  exchangeCsv,
  iisW3c,
  exchangeSetupLog,
  peVersion,
  iisConfig,
  eventJson,
  eventCsv,
  fileManifest,
];

/**
 * The format that an artifact is read with, by its content; the path decides only where the content can not.
 *
 * @param head the first 64 KiB, or all of a shorter artifact
 */
export function identify(head: Uint8Array, path: string): Format | undefined {
  return FORMATS.find((format) => format.recognises(head, path));
}
