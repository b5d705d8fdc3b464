import { HEADLINES_WORST_FIRST } from '../model/claim.ts';
import type { Answer, ClaimId, Headline } from '../model/claim.ts';
import type { Act } from './act.ts';
import { PROTOCOLS } from './call.ts';
import { CaseNode } from './case-node.ts';
import { DEFAULT_SERVER, PATCHED_AT } from './default-server.ts';
import { readAct } from './read-act.ts';
import { MARCH_2021, SOURCES } from './scenario.ts';
import type { BuildStep, Product, Removal, Scenario, Server } from './scenario.ts';
import { dateStamp } from './stamp.ts';

/** What must come out when the specimen is assessed; claims that are not named may be answered in any way. */
export interface Expectation {
  readonly headline: Headline;
  readonly claims: Readonly<Partial<Record<ClaimId, Answer>>>;
}

/** One specimen and what is to be said of it. */
export interface Trial {
  readonly name: string;
  /** What distinguishes it: of a twin, the one decisive fact. */
  readonly says: string;
  readonly scenario: Scenario;
  readonly expect: Expectation;
}

/** A case of a pack: the case itself, then its twin, or what is left of it with one source after another taken away. */
export interface Case {
  readonly name: string;
  readonly says: string;
  readonly trials: readonly [Trial, ...Trial[]];
}

/**
 * Reads a file of a pack's `cases/` folder.
 *
 * @param file how the file is called in errors
 * @throws CaseError with code, file and line
 */
export function readCase(text: string, file: string): Case {
  const root = CaseNode.parse(text, file);
  const name = root.text('case');
  const says = root.text('says').trim();
  const server = serverOf(root.maybe('server'), undefined);
  const acts = root.nodes('acts').map(readAct);
  const take = root.nodes('take').map(removalOf);
  const twin = root.maybe('twin');
  const each = root.maybe('each-taken');
  const volume = root.number('volume', 1);
  const busy = root.texts('busy');
  const twinActs = twin === undefined ? [] : changedActs(twin, acts);
  const days =
    busy.length > 0 ? busy : [...new Set([...acts, ...twinActs].map((a) => dateStamp(Math.floor(a.at / 1000))))];
  const scenario: Scenario = { seed: name, server, acts, take, busy: days, volume };
  const first: Trial = { name, says, scenario, expect: expectationOf(root.node('expect')) };
  root.done();
  const others: Trial[] = [];
  if (twin !== undefined) others.push(twinOf(twin, { name, scenario, acts: twinActs, expect: first.expect }));
  if (each !== undefined) others.push(...eachTaken(each, { name, scenario }));
  if (others.length === 0) throw root.wrong('C002', 'the case has neither a twin nor each-taken');
  return { name, says, trials: [first, ...others] };
}

function twinOf(
  node: CaseNode,
  base: { name: string; scenario: Scenario; acts: readonly Act[]; expect: Expectation },
): Trial {
  const says = node.text('differs').trim();
  const server = serverOf(node.maybe('server'), base.scenario.server);
  const take = node.has('take') ? node.nodes('take').map(removalOf) : base.scenario.take;
  const expect = expectationOf(node.node('expect'));
  node.done();
  const same = Object.entries(expect.claims).every(
    ([claim, answer]) => base.expect.claims[claim as ClaimId] === answer,
  );
  if (same && expect.headline === base.expect.headline)
    throw node.wrong('C006', 'the twin expects what the case expects; one decisive fact must change the verdict');
  return { name: `${base.name}-twin`, says, scenario: { ...base.scenario, server, take, acts: base.acts }, expect };
}

/** `acts` replaces all; `without` leaves out by name, `also` adds. */
function changedActs(twin: CaseNode, acts: readonly Act[]): readonly Act[] {
  const without = twin.texts('without');
  const unknown = without.find((w) => !acts.some((a) => a.act === w));
  if (unknown !== undefined)
    throw twin.wrong('C006', `without names "${unknown}", which is no act of the case`, 'without');
  const kept = twin.has('acts') ? twin.nodes('acts').map(readAct) : acts.filter((a) => !without.includes(a.act));
  return [...kept, ...twin.nodes('also').map(readAct)];
}

function eachTaken(node: CaseNode, base: { name: string; scenario: Scenario }): readonly Trial[] {
  const common = expectationOf(node.node('expect'));
  const trials = node.nodes('of').map((one): Trial => {
    const says = one.text('without');
    const take = one.nodes('take').map(removalOf);
    const own = one.maybe('expect');
    one.done();
    const name = `${base.name}-without-${says.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
    return {
      name,
      says: `without ${says}`,
      scenario: { ...base.scenario, take },
      expect: own === undefined ? common : expectationOf(own),
    };
  });
  node.done();
  return trials;
}

function expectationOf(node: CaseNode): Expectation {
  const headline = node.word('headline', HEADLINES_WORST_FIRST);
  const claims: Partial<Record<ClaimId, Answer>> = {};
  const named = node.maybe('claims');
  for (const claim of CLAIMS) if (named?.has(claim) === true) claims[claim] = named.word(claim, ANSWERS);
  named?.done();
  node.done();
  return { headline, claims };
}

function serverOf(node: CaseNode | undefined, base: Server | undefined): Server {
  const read = node ?? CaseNode.parse('{}', '');
  const was = base ?? DEFAULT_SERVER;
  const product = read.word('product', ['2013', '2016', '2019'], was.product);
  const server: Server = {
    ...was,
    product,
    name: read.text('name', was.name),
    install: read.text('install', was.install),
    builds: buildsOf(read, product, base),
    logsFrom: read.time('logs-from', was.logsFrom),
    collected: read.time('collected', was.collected),
    proxyDays: read.number('proxy-days', was.proxyDays),
    ecpDays: read.number('ecp-days', was.ecpDays),
    halfApplied: read.flag('half-applied', was.halfApplied),
    restarted: read.has('restarted') ? read.time('restarted') : was.restarted,
    encoding: read.word('encoding', ['utf-8', 'utf-16'], was.encoding),
    language: read.word('language', ['en', 'fr', 'de'], was.language),
    balancers: read.has('balancers') ? read.texts('balancers') : was.balancers,
    iisWithout: read.has('iis-without') ? read.texts('iis-without') : was.iisWithout,
    forwardedFrom: read.has('forwarded-from') ? read.time('forwarded-from') : was.forwardedFrom,
    rolloverBehind: read.number('rollover-behind', was.rolloverBehind),
    events: read.word('events', ['evtx', 'winlogbeat', 'nxlog', 'evtx-dump'], was.events),
    collectorBehind: read.number('collector-behind', was.collectorBehind),
    sysmon: read.flag('sysmon', was.sysmon),
    manifest: read.flag('manifest', was.manifest),
  };
  read.done();
  if (server.logsFrom >= server.collected)
    throw read.wrong('C006', 'the evidence was collected before the logs begin', 'collected');
  return server;
}

/** Every build by name, or `patched` on top of the cumulative update that the product ran in March 2021. */
function buildsOf(read: CaseNode, product: Product, base: Server | undefined): Server['builds'] {
  if (read.has('builds')) {
    if (read.has('patched'))
      throw read.wrong('C006', 'builds and patched both say which builds ran; one of them is enough', 'patched');
    const [first, ...rest] = read.nodes('builds').map((step): BuildStep => {
      const build: BuildStep = {
        from: step.time('from'),
        build: step.text('build'),
        by: step.word('by', ['install', 'upgrade', 'update']),
      };
      step.done();
      return build;
    });
    if (first === undefined) throw read.wrong('C002', 'builds is empty', 'builds');
    return [first, ...rest];
  }
  if (base !== undefined && !read.has('patched')) return base.builds;
  const known = MARCH_2021[product];
  const never = read.has('patched') && read.text('patched') === 'never';
  const open: BuildStep = { from: known.installed, build: known.open, by: 'install' };
  return never ? [open] : [open, { from: read.time('patched', PATCHED_AT), build: known.fixed, by: 'update' }];
}

function removalOf(node: CaseNode): Removal {
  const source = node.word('source', SOURCES);
  const from = node.has('from') ? node.time('from') : undefined;
  const to = node.has('to') ? node.time('to') : undefined;
  const folder = node.has('folder') ? node.word('folder', PROTOCOLS) : undefined;
  node.done();
  if (folder !== undefined && source !== 'http-proxy')
    throw node.wrong('C006', 'only http-proxy has a folder for each protocol', 'folder');
  if (from !== undefined && to !== undefined && from >= to) throw node.wrong('C006', 'from is not before to', 'to');
  return { source, from, to, ...(folder === undefined ? {} : { folder }) };
}

const CLAIMS: readonly ClaimId[] = [
  'vulnerable',
  'targeted',
  'exploited',
  'data-accessed',
  'implanted',
  'operated',
  'persisting',
  'remediated',
];
const ANSWERS: readonly Answer[] = ['established', 'ruled-out', 'undetermined', 'not-applicable'];
