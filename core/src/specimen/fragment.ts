import { windowsPath } from './administration.ts';
import type { World } from './world.ts';

// The words that scanners and rules look for are put together here, so that no file of this repository holds them in
// clear. What comes out is inert: a stray bracket and an unfinished statement keep the page from being compiled, and
// the name that would be evaluated is no parameter that anybody sends.
const EVALUATE = ['ev', 'al(Req', 'uest["inert-specimen"],"un', 'safe")'].join('');
const OPEN = ['<scr', 'ipt language="JScr', 'ipt" run', 'at="server">'].join('');
const CLOSE = ['</scr', 'ipt>'].join('');
const BROKEN = '/* inert specimen, does not compile */ function Page_Load( { ';

/** The script as it was put into an external URL: recognisable by its words, and unable to run. */
export function inertScript(): string {
  return `${OPEN}${BROKEN}${EVALUATE};${CLOSE}`;
}

/** The external URL of an OAB virtual directory with a script behind it. */
export function inertUrl(): string {
  return `http://f/${inertScript()}`;
}

/** A page that holds nothing but the script. */
export function inertPage(): string {
  return `<%@ Page Language="Jscript" %%>\r\n${OPEN}${BROKEN}${EVALUATE};${CLOSE}\r\n`;
}

/** The shortest of all web shells, as pages of the old language have it; the stray bracket keeps it from running. */
export function inertClassicPage(): string {
  return ['<%', 'ev', 'al req', 'uest("inert-specimen")) /* does not compile */', '%', '>\r\n'].join('');
}

/** A script beside the logon page, of our own writing; `thief`: with a connection that takes the password elsewhere. */
export function logonScript(thief: boolean): string {
  const own =
    'function checkLogon() {\r\n  var field = document.getElementById("password");\r\n  return field.value !== "";\r\n}\r\n';
  const added = ['var r = new XMLHtt', 'pRequest(); r.open("POST", "/owa/auth/inert-specimen" { ;\r\n'].join('');
  return thief ? own + added : own;
}

/** A page of somebody's own that does nothing: a notice of an administrator. */
export function harmlessPage(): string {
  return '<%@ Page Language="C#" %>\r\n<html><head><title>Notice</title></head><body><p>Mail is back at six.</p></body></html>\r\n';
}

/**
 * What the reset of an OAB virtual directory writes to the file it is told: every property, a name and a value to a
 * line, the script in the external URL among them.
 */
export function oabDump(
  world: World,
  options: { readonly guid: string; readonly build: string; readonly changed: string },
): string {
  const { server } = world;
  const [, minor, update, revision] = options.build.split('.');
  const place = `CN=OAB (Default Web Site),CN=HTTP,CN=Protocols,CN=${server.name},CN=Servers,CN=Exchange Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups,CN=First Organization,CN=Microsoft Exchange,CN=Services,CN=Configuration,${distinguished(server.domain)}`;
  const properties: readonly (readonly [string, string])[] = [
    ['Name', 'OAB (Default Web Site)'],
    ['PollInterval', '480'],
    ['OfflineAddressBooks', ''],
    ['RequireSSL', 'True'],
    ['BasicAuthentication', 'False'],
    ['WindowsAuthentication', 'True'],
    ['OAuthAuthentication', 'False'],
    ['MetabasePath', `IIS://${world.fqdn}/W3SVC/1/ROOT/OAB`],
    ['Path', `${windowsPath(server.install)}\\FrontEnd\\HttpProxy\\OAB`],
    ['ExtendedProtectionTokenChecking', 'None'],
    ['ExtendedProtectionFlags', ''],
    ['ExtendedProtectionSPNList', ''],
    ['AdminDisplayVersion', `Version 15.${minor} (Build ${update}.${revision})`],
    ['Server', server.name],
    ['InternalUrl', `https://${world.fqdn}/OAB`],
    ['InternalAuthenticationMethods', 'WindowsIntegrated'],
    ['ExternalUrl', inertUrl()],
    ['ExternalAuthenticationMethods', 'WindowsIntegrated'],
    ['AdminDisplayName', ''],
    ['ExchangeVersion', '0.10 (14.0.100.0)'],
    ['DistinguishedName', place],
    ['Identity', `${server.name}\\OAB (Default Web Site)`],
    ['Guid', options.guid],
    ['ObjectCategory', `${server.domain}/Configuration/Schema/ms-Exch-OAB-Virtual-Directory`],
    ['ObjectClass', 'top'],
    ['', 'msExchVirtualDirectory'],
    ['', 'msExchOABVirtualDirectory'],
    ['WhenChanged', options.changed],
    ['WhenCreated', options.changed],
    ['OrganizationId', ''],
    ['Id', `${server.name}\\OAB (Default Web Site)`],
    ['OriginatingServer', `dc01.${server.domain}`],
    ['IsValid', 'True'],
  ];
  const lines = properties.map(([name, value]) => `${name.padEnd(32)}${name === '' ? '  ' : ': '}${value}`);
  return `\r\n\r\n${lines.join('\r\n')}\r\n\r\n\r\n`;
}

/** The command line of a widely used web shell: it frames its answer so that its client finds it. */
export function framedCommand(folder: string, command: string): string {
  return `"cmd" /c cd /d "${folder}"&${command}${['&ec', 'ho [S]&c', 'd&ec', 'ho [E]'].join('')}`;
}

function distinguished(domain: string): string {
  return domain
    .split('.')
    .map((part) => `DC=${part}`)
    .join(',');
}
