import type { CaseIntrusion, CaseLimit } from '../model/case-file.ts';
import { tellIntrusions } from '../verdict/intrusions.ts';
import type { AssessRequest } from './assess.ts';
import type { JudgedHost } from './case.ts';
import { knowAddresses, proxyFault } from './clients.ts';
import type { HostMap } from './hosts.ts';
import type { Passage } from './organisation.ts';
import type { ArtifactReading } from './read-artifact.ts';

/** Everything that was done to all hosts, told by intruder. */
export interface Stories {
  readonly intrusions: readonly CaseIntrusion[];
  readonly limits: readonly CaseLimit[];
}

interface Material {
  readonly request: AssessRequest;
  readonly readings: readonly ArtifactReading[];
  readonly hosts: HostMap;
  /** Ids of findings that only an earlier state of a server shows. */
  readonly past: ReadonlySet<string>;
  /** Requests that came in at one server and were acted on by another. */
  readonly passages: ReadonlyMap<string, Passage>;
  readonly idOf: (text: string) => string;
}

/** Tells the intrusions of every campaign over all hosts, after all of them were judged. */
export function tellStories(judged: readonly JudgedHost[], material: Material): Stories {
  const { request, readings, hosts, past, passages, idOf } = material;
  const proxies = request.options.trustedProxies ?? [];
  const counts = readings.flatMap(({ examination }, index) =>
    examination.clients.map((count) => ({
      host: count.host === '' ? hosts.ofArtifact(index) : hosts.ofName(index, count.host),
      count,
    })),
  );
  const book = knowAddresses(counts, proxies);
  const limits: CaseLimit[] = [];
  for (const proxy of proxies) {
    const fault = proxyFault(proxy);
    if (fault !== undefined)
      limits.push({ id: 'trusted-proxy', says: `trusted proxy ${proxy} ${fault}, it was left out` });
  }
  const told = request.packs.map((pack) => {
    const stories = judged.map(({ id, findings, verdicts }) => ({
      host: id,
      findings,
      past,
      through: new Set([...(passages.get(id)?.through.keys() ?? [])].map((finding) => finding.id)),
      established: new Set(
        verdicts
          .filter(({ campaign }) => campaign === pack.id)
          .flatMap(({ claims }) => claims.filter(({ answer }) => answer === 'established').map(({ claim }) => claim)),
      ),
    }));
    const report = tellIntrusions(stories, { pack, book, idOf });
    for (const says of report.limits) limits.push({ id: `${pack.id}/intrusions`, says });
    return report.intrusions;
  });
  const intrusions = told.flat();
  if (intrusions.length > 0 && book.learnt.length > 0) {
    const named = book.learnt.slice(0, MOST_NAMED).join('; ');
    const more = book.learnt.length > MOST_NAMED ? ` and ${book.learnt.length - MOST_NAMED} more` : '';
    limits.push({
      id: 'shared-addresses',
      says: `addresses that many people share link no findings to one intruder: ${named}${more}`,
    });
  }
  return { intrusions, limits };
}

const MOST_NAMED = 10;
