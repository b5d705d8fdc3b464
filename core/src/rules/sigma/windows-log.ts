import type { EvidenceRecord, FieldValue } from '../../model/reading.ts';
import type { FieldReader } from './field-text.ts';
import { fieldReader, textsOf } from './field-text.ts';

/** Events a Windows log source means: written to one of the channels, or by the provider, with one of the event ids. */
export interface EventScope {
  readonly channels: readonly string[];
  /** Empty: any event of the channel. */
  readonly eventIds: readonly number[];
  readonly provider: string | undefined;
  /** Where the event names a field of the Sigma taxonomy otherwise. */
  readonly aliases: ReadonlyMap<string, FieldReader>;
}

const SYSMON = ['Microsoft-Windows-Sysmon/Operational'] as const;
const POWERSHELL = ['Microsoft-Windows-PowerShell/Operational', 'PowerShellCore/Operational'] as const;
const CLASSIC = ['Windows PowerShell'] as const;
const NO_ALIASES: ReadonlyMap<string, FieldReader> = new Map();

/** Channels of a `service` of product windows; `undefined` for a service that is not in the list. */
export function channelsOf(name: string): readonly string[] | undefined {
  return SERVICES.get(name);
}

/** Events of a `category` of product windows. */
export function eventsOf(category: string): readonly EventScope[] | undefined {
  return CATEGORIES.get(category);
}

function events(channels: readonly string[], ...eventIds: readonly number[]): EventScope {
  return { channels, eventIds, provider: undefined, aliases: NO_ALIASES };
}

/**
 * Event 4688 in the words of Sysmon's event 1. Its `ProcessId` is the parent, its account is in two fields, its
 * integrity level is the SID of a mandatory label (MS-DTYP 2.4.2.4).
 */
const PROCESS_AUDIT: ReadonlyMap<string, FieldReader> = new Map([
  ['Image', fieldReader('NewProcessName')],
  ['ParentImage', fieldReader('ParentProcessName')],
  ['ProcessId', fieldReader('NewProcessId')],
  ['ParentProcessId', fieldReader('ProcessId')],
  ['LogonId', fieldReader('SubjectLogonId')],
  ['User', { name: 'SubjectUserName (4688)', read: accountOf }],
  ['IntegrityLevel', { name: 'MandatoryLabel (4688)', read: integrityOf }],
]);

const LABELS: ReadonlyMap<string, string> = new Map([
  ['S-1-16-0', 'Untrusted'],
  ['S-1-16-4096', 'Low'],
  ['S-1-16-8192', 'Medium'],
  ['S-1-16-8448', 'Medium Plus'],
  ['S-1-16-12288', 'High'],
  ['S-1-16-16384', 'System'],
]);

function accountOf(record: EvidenceRecord): FieldValue {
  const [name] = textsOf(record.get('SubjectUserName'));
  const [domain] = textsOf(record.get('SubjectDomainName'));
  if (name === undefined) return undefined;
  return domain === undefined ? name : [name, `${domain}\\${name}`];
}

function integrityOf(record: EvidenceRecord): FieldValue {
  const [label] = textsOf(record.get('MandatoryLabel'));
  if (label === undefined) return undefined;
  const level = LABELS.get(label);
  return level === undefined ? label : [level, label];
}

/** File events of the kernel's own provider; what evidence holds of them has no channel of its own. */
const KERNEL_FILE: EventScope = {
  channels: [],
  eventIds: [],
  provider: 'Microsoft-Windows-Kernel-File',
  aliases: NO_ALIASES,
};

/** @see Sigma taxonomy appendix 2.1, Windows Folder, Category */
const CATEGORIES: ReadonlyMap<string, readonly EventScope[]> = new Map([
  [
    'process_creation',
    [events(SYSMON, 1), { channels: ['Security'], eventIds: [4688], provider: undefined, aliases: PROCESS_AUDIT }],
  ],
  ['file_change', [events(SYSMON, 2)]],
  ['network_connection', [events(SYSMON, 3)]],
  ['sysmon_status', [events(SYSMON, 4, 16)]],
  ['process_termination', [events(SYSMON, 5)]],
  ['driver_load', [events(SYSMON, 6)]],
  ['image_load', [events(SYSMON, 7)]],
  ['create_remote_thread', [events(SYSMON, 8)]],
  ['raw_access_thread', [events(SYSMON, 9)]],
  ['process_access', [events(SYSMON, 10)]],
  ['file_event', [events(SYSMON, 11)]],
  ['registry_event', [events(SYSMON, 12, 13, 14)]],
  ['registry_add', [events(SYSMON, 12)]],
  ['registry_delete', [events(SYSMON, 12)]],
  ['registry_set', [events(SYSMON, 13)]],
  ['registry_rename', [events(SYSMON, 14)]],
  ['create_stream_hash', [events(SYSMON, 15)]],
  ['pipe_created', [events(SYSMON, 17, 18)]],
  ['wmi_event', [events(SYSMON, 19, 20, 21)]],
  ['dns_query', [events(SYSMON, 22)]],
  ['file_delete', [events(SYSMON, 23, 26)]],
  ['clipboard_capture', [events(SYSMON, 24)]],
  ['process_tampering', [events(SYSMON, 25)]],
  ['file_delete_detected', [events(SYSMON, 26)]],
  ['file_block_executable', [events(SYSMON, 27)]],
  ['file_block_shredding', [events(SYSMON, 28)]],
  ['file_executable_detected', [events(SYSMON, 29)]],
  ['sysmon_error', [events(SYSMON, 255)]],
  ['file_access', [KERNEL_FILE]],
  ['file_rename', [KERNEL_FILE]],
  ['ps_classic_start', [events(CLASSIC, 400)]],
  ['ps_classic_provider_start', [events(CLASSIC, 600)]],
  ['ps_classic_script', [events(CLASSIC, 800)]],
  ['ps_module', [events(POWERSHELL, 4103)]],
  ['ps_script', [events(POWERSHELL, 4104)]],
]);

/** @see Sigma taxonomy appendix 2.1, Windows Folder, Service */
const SERVICES: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['application', ['Application']],
  [
    'application-experience',
    [
      'Microsoft-Windows-Application-Experience/Program-Telemetry',
      'Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant',
    ],
  ],
  [
    'applocker',
    [
      'Microsoft-Windows-AppLocker/MSI and Script',
      'Microsoft-Windows-AppLocker/EXE and DLL',
      'Microsoft-Windows-AppLocker/Packaged app-Deployment',
      'Microsoft-Windows-AppLocker/Packaged app-Execution',
    ],
  ],
  ['appmodel-runtime', ['Microsoft-Windows-AppModel-Runtime/Admin']],
  ['appxdeployment-server', ['Microsoft-Windows-AppXDeploymentServer/Operational']],
  ['appxpackaging-om', ['Microsoft-Windows-AppxPackaging/Operational']],
  ['bitlocker', ['Microsoft-Windows-BitLocker/BitLocker Management']],
  ['bits-client', ['Microsoft-Windows-Bits-Client/Operational']],
  ['capi2', ['Microsoft-Windows-CAPI2/Operational']],
  [
    'certificateservicesclient-lifecycle-system',
    ['Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational'],
  ],
  ['codeintegrity-operational', ['Microsoft-Windows-CodeIntegrity/Operational']],
  ['dhcp', ['Microsoft-Windows-DHCP-Server/Operational']],
  ['diagnosis-scripted', ['Microsoft-Windows-Diagnosis-Scripted/Operational']],
  ['dns-client', ['Microsoft-Windows-DNS Client Events/Operational', 'Microsoft-Windows-DNS-Client/Operational']],
  ['dns-server', ['DNS Server']],
  ['dns-server-analytic', ['Microsoft-Windows-DNS-Server/Analytical']],
  ['dns-server-audit', ['Microsoft-Windows-DNS-Server/Audit']],
  ['driver-framework', ['Microsoft-Windows-DriverFrameworks-UserMode/Operational']],
  ['firewall-as', ['Microsoft-Windows-Windows Firewall With Advanced Security/Firewall']],
  ['hyper-v-worker', ['Microsoft-Windows-Hyper-V-Worker', 'Microsoft-Windows-Hyper-V-Worker-Admin']],
  ['iis-configuration', ['Microsoft-IIS-Configuration/Operational']],
  ['kernel-event-tracing', ['Microsoft-Windows-Kernel-EventTracing', 'Microsoft-Windows-Kernel-EventTracing/Admin']],
  [
    'kernel-shimengine',
    ['Microsoft-Windows-Kernel-ShimEngine/Operational', 'Microsoft-Windows-Kernel-ShimEngine/Diagnostic'],
  ],
  ['ldap', ['Microsoft-Windows-LDAP-Client/Debug']],
  ['lsa-server', ['Microsoft-Windows-LSA/Operational']],
  ['microsoft-servicebus-client', ['Microsoft-ServiceBus-Client/Operational', 'Microsoft-ServiceBus-Client/Admin']],
  ['msexchange-management', ['MSExchange Management']],
  ['ntfs', ['Microsoft-Windows-Ntfs/Operational']],
  ['ntlm', ['Microsoft-Windows-NTLM/Operational']],
  ['openssh', ['OpenSSH/Operational']],
  ['powershell', POWERSHELL],
  ['powershell-classic', CLASSIC],
  ['printservice-admin', ['Microsoft-Windows-PrintService/Admin']],
  ['printservice-operational', ['Microsoft-Windows-PrintService/Operational']],
  ['security', ['Security']],
  [
    'security-mitigations',
    [
      'Microsoft-Windows-Security-Mitigations/KernelMode',
      'Microsoft-Windows-Security-Mitigations/UserMode',
      'Microsoft-Windows-Security-Mitigations/Kernel Mode',
      'Microsoft-Windows-Security-Mitigations/User Mode',
    ],
  ],
  ['sense', ['Microsoft-Windows-SENSE/Operational']],
  ['servicebus-client', ['Microsoft-ServiceBus-Client/Operational', 'Microsoft-ServiceBus-Client/Admin']],
  ['shell-core', ['Microsoft-Windows-Shell-Core/Operational']],
  ['smbclient-connectivity', ['Microsoft-Windows-SmbClient/Connectivity']],
  ['smbclient-security', ['Microsoft-Windows-SmbClient/Security']],
  ['smbserver-connectivity', ['Microsoft-Windows-SMBServer/Connectivity']],
  ['sysmon', SYSMON],
  ['system', ['System']],
  ['taskscheduler', ['Microsoft-Windows-TaskScheduler/Operational']],
  ['terminalservices-localsessionmanager', ['Microsoft-Windows-TerminalServices-LocalSessionManager/Operational']],
  ['vhdmp', ['Microsoft-Windows-VHDMP/Operational', 'Microsoft-Windows-VHDMP-Operational']],
  ['windefend', ['Microsoft-Windows-Windows Defender/Operational']],
  ['wmi', ['Microsoft-Windows-WMI-Activity/Operational']],
]);
