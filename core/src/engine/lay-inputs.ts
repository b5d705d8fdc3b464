import { layOut } from '../layouts/lay-out.ts';
import type { LaidOut, Listed } from '../layouts/lay-out.ts';
import type { Stock } from './stock.ts';

/**
 * Recognises the packages of collectors in each input by itself, so that what an input is called says nothing of where
 * its files lay: a folder of evidence named `D` is no drive.
 */
export async function layInputs({ artifacts, emptyFolders, inputs }: Stock): Promise<LaidOut> {
  const prefixes = inputs.map((input) => input.prefix);
  if (prefixes.length === 1 && prefixes[0] === '') return await layOut(artifacts, emptyFolders);
  const laid = new Map<string, LaidOut>();
  for (const prefix of prefixes) {
    const own = artifacts.flatMap((artifact): Listed[] => {
      const { path, size, container } = artifact;
      if (!path.startsWith(prefix)) return [];
      const below = { path: path.slice(prefix.length), size, open: () => artifact.open() };
      return [container === undefined ? below : { ...below, container: container.slice(prefix.length) }];
    });
    const folders = emptyFolders.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
    laid.set(prefix, await layOut(own, folders));
  }
  const ask = <T>(path: string, answer: (laid: LaidOut, below: string) => T): T | undefined => {
    // Names of inputs hold no `/`.
    const prefix = path.slice(0, path.indexOf('/') + 1);
    const own = laid.get(prefix);
    return own === undefined ? undefined : answer(own, path.slice(prefix.length));
  };
  const all = [...laid];
  return {
    collections: all.flatMap(([prefix, { collections }]) => collections.map((c) => ({ ...c, root: prefix + c.root }))),
    original: (path) => ask(path, (own, below) => own.original(below)),
    role: (path) => ask(path, (own, below) => own.role(below)) ?? 'evidence',
    shadowCopy: (path) => ask(path, (own, below) => own.shadowCopy(below)),
    prior: all.flatMap(([prefix, { prior }]) => prior.map((p) => ({ ...p, path: prefix + p.path }))),
    priorCount: all.reduce((sum, [, { priorCount }]) => sum + priorCount, 0),
    advice: all.flatMap(([prefix, { advice }]) => advice.map((a) => ({ ...a, path: prefix + a.path }))),
    limits: all.flatMap(([, { limits }]) => limits),
  };
}
