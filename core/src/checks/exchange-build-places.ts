import { asText, buildFact, NO_FACTS } from './exchange-build-fact.ts';
import type { Fact } from '../model/check.ts';
import type { EvidenceRecord } from '../model/reading.ts';

/**
 * The cumulative updates that folders are named after: `FrontEnd\HttpProxy\owa\auth\15.1.2176`, `ClientAccess\owa\prem\15.1.2375.7`.
 * Upgrades leave the old ones behind, so they tell which builds were there once.
 */
export function fromFolder(record: EvidenceRecord): readonly Fact[] {
  const path = asText(record, 'path') ?? '';
  if (!path.includes('15.')) return NO_FACTS;
  const match = FOLDER.exec(path.slice(-LONGEST_PATH).replaceAll('\\', '/'));
  return history(match?.[1], 'name of a folder');
}

/**
 * The same folders as clients asked for them. Only what was answered with the file itself counts: anybody can ask for
 * any version.
 */
export function fromUrl(record: EvidenceRecord): readonly Fact[] {
  // Millions of rows pass here; nearly all end at the first look.
  if (record.text !== undefined && !record.text.includes('/15.')) return NO_FACTS;
  const status = asText(record, 'sc-status');
  if (status !== '200' && status !== '304') return NO_FACTS;
  return history(URL_PATH.exec(asText(record, 'cs-uri-stem')?.slice(0, 200) ?? '')?.[1], 'path of a URL');
}

/** `C:\ExchangeSetupLogs\Service*.xml`: the state of services that an update saved, and did not live to restore. */
export function fromLeftover(record: EvidenceRecord): readonly Fact[] {
  const path = asText(record, 'path') ?? '';
  if (!/\.xml$/i.test(path)) return NO_FACTS;
  const name = /(?:^|\/)exchangesetuplogs\/(service[a-z0-9_.-]{0,60}\.xml)$/i.exec(path.replaceAll('\\', '/'))?.[1];
  return name === undefined
    ? NO_FACTS
    : [{ name: 'update-stopped', value: name, rank: 6, level: 'su', from: 'folder ExchangeSetupLogs' }];
}

function history(update: string | undefined, from: string): readonly Fact[] {
  return buildFact(update, { rank: 8, level: 'cu', from, part: 'history' });
}

const LONGEST_PATH = 1024;
const FOLDER =
  /\/(?:frontend\/httpproxy|clientaccess)\/(?:owa|ecp)\/(?:auth\/|prem\/)?(15\.\d\.\d{1,5})(?:\.\d{1,5})?(?:\/|$)/i;
const URL_PATH = /^\/(?:owa|ecp)\/(?:auth\/|prem\/)?(15\.\d\.\d{1,5})(?:\.\d{1,5})?\//i;
