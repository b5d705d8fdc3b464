import { isoTime } from '../bytes/time.ts';
import type { CaseBuild, CaseExposure } from '../model/case-file.ts';
import type { BuildSighting } from '../model/coverage.ts';
import type { Micros } from '../model/evidence.ts';
import type { Verdict } from '../verdict/judge.ts';

/**
 * Everything that speaks of the build of one host, best first: what artefacts state, runs of setup, words of installers.
 *
 * @param artifactIds ids of the case file by index of the artifact
 */
export function caseBuilds(verdicts: readonly Verdict[], artifactIds: readonly string[]): readonly CaseBuild[] {
  const sightings = verdicts[0]?.builds.sightings ?? [];
  return sightings
    .flatMap((sighting): readonly CaseBuild[] => {
      const stated = statedBuild(sighting);
      return stated === undefined
        ? []
        : [
            {
              ...stated,
              level: sighting.level,
              rank: sighting.rank,
              since: timeOrNull(sighting.since),
              until: timeOrNull(sighting.until),
              artifact: artifactIds[sighting.origin.artifact] ?? '',
            },
          ];
    })
    .slice(0, MOST_BUILDS);
}

/** The windows of all campaigns. */
export function caseExposure(verdicts: readonly Verdict[]): readonly CaseExposure[] {
  return verdicts.flatMap(({ exposure }) =>
    exposure.map(({ vulnerability, from, to, says }) => ({
      vulnerability,
      from: timeOrNull(from),
      to: timeOrNull(to),
      says,
    })),
  );
}

function statedBuild({ name, value, from }: BuildSighting): { value: string; from: string } | undefined {
  if (name === 'build') return { value, from };
  const [did = '', ...named] = value.split(' ');
  if (name === 'setup') return { value: named.join(' '), from: `${from} (${did})` };
  // A word of the installer that names neither build nor number tells of a time, and of no build.
  if (name !== 'update' || named.length === 0 || named[0] === 'setup') return undefined;
  return { value: named.join(' '), from: `${from} (${did})` };
}

function timeOrNull(at: Micros | undefined): string | null {
  return at === undefined ? null : isoTime(at);
}

/** More says nothing new to a person; a hostile listing can name thousands of folders. */
const MOST_BUILDS = 200;
