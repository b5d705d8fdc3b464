/** What an artifact says about the machine that wrote it: its short name, and the domains that stand behind it. */
export interface Signature {
  readonly name: string;
  /** The topmost folder of the machine: what lies below one such folder is of one machine. */
  readonly root: string;
  /** Lower-case; none where only the short name is written. */
  readonly domains: readonly string[];
}

/** Tells machines apart that have one short name. */
export interface Namesakes {
  /**
   * Id of the host of this short name.
   *
   * @param domain what is written behind the name, `''` where nothing is
   * @param root where it is written
   */
  idOf(name: string, domain: string, root: string): string;
}

/**
 * One machine appears under its short and its full name, and a domain changes when a machine joins one. So a short name
 * is taken for one machine, unless two places that hold the evidence of machines of that name write domains of which
 * none is the same: then each place has its own machine. Where a place writes the short name alone nobody knows which of
 * them it is, and it is kept by itself.
 */
export function tellApart(signatures: readonly Signature[]): Namesakes {
  const byName = new Map<string, Map<string, Set<string>>>();
  for (const { name, root, domains } of signatures) {
    if (domains.length === 0) continue;
    const roots = byName.get(name) ?? new Map<string, Set<string>>();
    byName.set(name, roots);
    const known = roots.get(root) ?? new Set<string>();
    roots.set(root, known);
    for (const domain of domains) if (known.size < MAX_DOMAINS) known.add(domain);
  }
  const split = new Map<string, Machines>();
  for (const [name, roots] of byName) {
    const machines = machinesOf(roots);
    if (machines !== undefined) split.set(name, machines);
  }
  return {
    idOf: (name, domain, root) => {
      const machines = split.get(name);
      if (machines === undefined) return name;
      const called = domain === '' ? machines.ofRoot.get(root) : (machines.ofDomain.get(domain) ?? domain);
      return called === undefined ? name : `${name}.${called}`;
    },
  };
}

/** The domain by which each machine of one name is called, by where it is written and by what is written. */
interface Machines {
  readonly ofRoot: ReadonlyMap<string, string>;
  readonly ofDomain: ReadonlyMap<string, string>;
}

/** Places that share a domain hold one machine; `undefined` if all do. */
function machinesOf(roots: ReadonlyMap<string, ReadonlySet<string>>): Machines | undefined {
  // Each domain points to another one of the same machine, the least of them to itself.
  const parents = new Map<string, string>();
  const top = (domain: string): string => {
    let at = domain;
    for (let above = parents.get(at); above !== undefined && above !== at; above = parents.get(at)) at = above;
    return at;
  };
  for (const domains of roots.values()) {
    let first: string | undefined;
    for (const domain of domains) {
      if (!parents.has(domain)) parents.set(domain, domain);
      if (first === undefined) first = top(domain);
      else {
        const [less, more] = [first, top(domain)].toSorted();
        parents.set(more ?? first, less ?? first);
        first = less ?? first;
      }
    }
  }
  const ofDomain = new Map([...parents.keys()].map((domain) => [domain, top(domain)]));
  if (new Set(ofDomain.values()).size < 2) return undefined;
  const ofRoot = new Map<string, string>();
  for (const [root, [domain]] of roots) if (domain !== undefined) ofRoot.set(root, top(domain));
  return { ofRoot, ofDomain };
}

/** Domains kept of one name at one place; names are evidence. */
const MAX_DOMAINS = 100;
