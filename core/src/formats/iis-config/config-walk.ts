import type { Extent, FieldValue, Gap, Reading } from '../../model/reading.ts';
import { ConfigRecord } from './config-record.ts';

/** An element as it opens. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Of the start tag. */
  readonly origin: Extent;
  /** The start tag, at most 400 characters of it. */
  readonly tag: string;
}

interface Site {
  readonly element: Element;
  readonly bindings: string[];
  logDirectory: string | undefined;
}

interface Rule {
  readonly element: Element;
  readonly section: string;
  readonly conditions: string[];
  match: Readonly<Record<string, string>>;
  action: Readonly<Record<string, string>>;
}

/** Makes records of the elements of one configuration file, which are told to it in document order. */
export class ConfigWalk {
  readonly #into: Reading[];
  /** Path below `configuration`, without `location`, for each open element. */
  readonly #paths: string[] = [];
  readonly #locations: (string | undefined)[] = [];
  #site: Site | undefined;
  #application: Readonly<Record<string, string>> | undefined;
  #rule: Rule | undefined;

  constructor(into: Reading[]) {
    this.#into = into;
  }

  get depth(): number {
    return this.#paths.length;
  }

  open(element: Element): void {
    const parent = this.#paths.at(-1);
    const location = this.#locations.at(-1);
    if (element.name === 'location' && parent === '') {
      this.#paths.push('');
      this.#locations.push(element.attributes['path'] ?? '');
      return;
    }
    const path = childPath(parent, element.name);
    this.#paths.push(path);
    this.#locations.push(location);
    this.#elsewhere(path, parent ?? '', element);
    if (this.#site !== undefined && path.startsWith(SITE)) this.#inSite(path, this.#site, element);
    else this.#section(path, parent ?? '', element);
  }

  close(): void {
    const path = this.#paths.pop();
    this.#locations.pop();
    if (path === SITE) this.#endSite();
    else if (path === `${SITE}/application`) this.#application = undefined;
    else if (path?.endsWith('/rule') === true && this.#rule !== undefined && RULES.has(path)) this.#endRule();
  }

  #section(path: string, parent: string, element: Element): void {
    if (path === SITE) {
      this.#site = { element, bindings: [], logDirectory: undefined };
    } else if (RULES.has(path)) {
      this.#rule = { element, section: lastPart(parent), conditions: [], match: {}, action: {} };
    } else if (this.#rule !== undefined) this.#inRule(path, this.#rule, element.attributes);
    const made = MAKERS.get(path);
    if (made === undefined) return;
    const section = path.endsWith('/add') || path.endsWith('/filter') ? lastPart(parent) : element.name;
    this.#add(made.kind, element, [
      ['section', section],
      ...made.fields.map(([field, attribute]) => [field, element.attributes[attribute]] as const),
    ]);
  }

  #inSite(path: string, site: Site, element: Element): void {
    const { attributes } = element;
    const identity: readonly Field[] = [
      ['site', site.element.attributes['name']],
      ['site-id', site.element.attributes['id']],
    ];
    if (path === `${SITE}/bindings/binding`) {
      if (site.bindings.length < MAX_LIST)
        site.bindings.push(`${attributes['protocol'] ?? ''} ${attributes['bindingInformation'] ?? ''}`);
    } else if (path === `${SITE}/application`) this.#application = attributes;
    else if (path === `${SITE}/logFile`) {
      site.logDirectory = attributes['directory'];
      this.#add('iis.log-setting', element, [
        ['section', 'site'],
        ...identity,
        ...LOG_FIELDS.map((name) => [name, attributes[name]] as const),
      ]);
    } else if (path === `${SITE}/application/virtualDirectory` && this.#application !== undefined) {
      const application = this.#application['path'] ?? '';
      this.#add('iis.virtual-directory', element, [
        ...identity,
        ['application', application],
        ['applicationPool', this.#application['applicationPool']],
        ['path', attributes['path']],
        ['physicalPath', attributes['physicalPath']],
        ['url', urlOf(application, attributes['path'] ?? '')],
      ]);
    }
  }

  #endSite(): void {
    const site = this.#site;
    this.#site = undefined;
    this.#application = undefined;
    if (site === undefined) return;
    const { name, id } = site.element.attributes;
    this.#add('iis.site', site.element, [
      ['name', name],
      ['id', id],
      ['bindings', site.bindings.length === 0 ? undefined : site.bindings],
      ['logDirectory', site.logDirectory],
    ]);
  }

  #inRule(path: string, rule: Rule, attributes: Readonly<Record<string, string>>): void {
    if (path.endsWith('/rule/match')) rule.match = attributes;
    else if (path.endsWith('/rule/action')) rule.action = attributes;
    else if (path.endsWith('/rule/conditions/add') && rule.conditions.length < MAX_LIST) {
      const not = attributes['negate'] === 'true' ? 'not ' : '';
      rule.conditions.push(
        `${attributes['input'] ?? ''} ${not}${attributes['pattern'] ?? attributes['matchType'] ?? ''}`,
      );
    }
  }

  #endRule(): void {
    const rule = this.#rule;
    this.#rule = undefined;
    if (rule === undefined) return;
    this.#add('iis.rewrite-rule', rule.element, [
      ['section', rule.section],
      ['name', rule.element.attributes['name']],
      ['enabled', rule.element.attributes['enabled']],
      ['match-url', rule.match['url']],
      ['match-pattern', rule.match['pattern']],
      ['conditions', rule.conditions.length === 0 ? undefined : rule.conditions],
      ['action-type', rule.action['type']],
      ['action-url', rule.action['url']],
      ['action-value', rule.action['value']],
    ]);
  }

  /** Sections whose content is in another file, or encrypted, cannot be read here. */
  #elsewhere(path: string, parent: string, element: Element): void {
    const source = element.attributes['configSource'];
    if (source !== undefined && SECTIONS.has(path))
      this.#gap(element, `expected section ${element.name} here, it is kept in another file: ${source.slice(0, 200)}`);
    if (element.name === 'EncryptedData' && SECTIONS.has(parent))
      this.#gap(element, `expected section ${lastPart(parent)} in plain text, it is encrypted`);
    if (path === 'configurationRedirection' && element.attributes['enabled'] === 'true') {
      this.#gap(
        element,
        `expected the configuration here, it is kept elsewhere: ${(element.attributes['path'] ?? '').slice(0, 200)}`,
      );
    }
  }

  #gap(element: Element, says: string): void {
    const gap: Gap = { is: 'gap', reason: 'unsupported', origin: element.origin, says };
    this.#into.push(gap);
  }

  #add(kind: string, element: Element, fields: readonly Field[]): void {
    const known = new Map<string, FieldValue>();
    for (const [name, value] of fields) if (value !== undefined) known.set(name, value);
    const location = this.#locations.at(-1);
    if (location !== undefined) known.set('location', location);
    this.#into.push(new ConfigRecord(kind, element, known));
  }
}

type Field = readonly [name: string, value: FieldValue];

function childPath(parent: string | undefined, name: string): string {
  if (parent === undefined) return '';
  const path = parent === '' ? name : `${parent}/${name}`;
  return path.length > LONGEST_PATH ? '…' : path;
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** URL path of a virtual directory: `/owa` and `/` give `/owa`, `/` and `/bin` give `/bin`. */
function urlOf(application: string, path: string): string {
  const base = application === '/' ? '' : application;
  const url = path === '/' ? base : base + path;
  return url === '' ? '/' : url;
}

const MAX_LIST = 1000;
/** Longer than any path that is looked for. */
const LONGEST_PATH = 200;
const SITE = 'system.applicationHost/sites/site';
const LOG_FIELDS = ['directory', 'logFormat', 'enabled', 'period', 'logExtFileFlags'] as const;
const REWRITE = 'system.webServer/rewrite';
const RULES: ReadonlySet<string> = new Set([
  `${REWRITE}/rules/rule`,
  `${REWRITE}/globalRules/rule`,
  `${REWRITE}/outboundRules/rule`,
]);

interface Maker {
  readonly kind: string;
  /** Name of the field and of the attribute it is taken from. */
  readonly fields: readonly (readonly [string, string])[];
}

function maker(kind: string, names: string): Maker {
  return {
    kind,
    fields: names.split(' ').map((name) => [name.split('=')[0] ?? '', name.split('=').at(-1) ?? ''] as const),
  };
}

const MODULE = maker('iis.module', 'name image type preCondition');
const HANDLER = maker('iis.handler', 'name path verb type scriptProcessor modules preCondition');
const LOG = maker('iis.log-setting', LOG_FIELDS.join(' '));

const MAKERS: ReadonlyMap<string, Maker> = new Map([
  ['system.webServer/globalModules/add', MODULE],
  ['system.webServer/modules/add', MODULE],
  ['system.web/httpModules/add', MODULE],
  ['system.webServer/isapiFilters/filter', maker('iis.module', 'name image=path preCondition enabled')],
  ['system.webServer/handlers/add', HANDLER],
  ['system.web/httpHandlers/add', HANDLER],
  [
    'system.webServer/httpRedirect',
    maker('iis.http-redirect', 'enabled destination exactDestination childOnly httpResponseStatus'),
  ],
  ['system.webServer/httpLogging', maker('iis.log-setting', 'dontLog selectiveLogging')],
  ['system.applicationHost/sites/siteDefaults/logFile', LOG],
  ['system.applicationHost/log/centralBinaryLogFile', LOG],
  ['system.applicationHost/log/centralW3CLogFile', LOG],
]);

/** Sections that records are made of. */
const SECTIONS: ReadonlySet<string> = new Set([
  'system.applicationHost/sites',
  'system.applicationHost/log',
  'system.web/httpHandlers',
  'system.web/httpModules',
  'system.webServer/globalModules',
  'system.webServer/handlers',
  'system.webServer/httpLogging',
  'system.webServer/httpRedirect',
  'system.webServer/isapiFilters',
  'system.webServer/modules',
  `${REWRITE}/globalRules`,
  `${REWRITE}/outboundRules`,
  `${REWRITE}/rules`,
]);
