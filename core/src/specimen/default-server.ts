import type { Micros } from '../model/evidence.ts';
import { MARCH_2021 } from './scenario.ts';
import type { Server } from './scenario.ts';

/** When servers of the cases are patched unless they say otherwise: three days after the update came out. */
export const PATCHED_AT: Micros = Date.UTC(2021, 2, 5, 21, 10) * 1000;

/** The server of a case that names nothing else: Exchange 2016 CU19, two members in a group, logs of the whole campaign. */
export const DEFAULT_SERVER: Server = {
  name: 'MAIL01',
  domain: 'contoso.example',
  netbios: 'CONTOSO',
  address: '10.10.2.11',
  linkLocal: 'fe80::b4c1:2f0e:93d7:5a11%6',
  peer: { name: 'MAIL02', address: '10.10.2.12' },
  product: '2016',
  install: 'C/Program Files/Microsoft/Exchange Server/V15',
  builds: [
    { from: MARCH_2021['2016'].installed, build: MARCH_2021['2016'].open, by: 'install' },
    { from: PATCHED_AT, build: MARCH_2021['2016'].fixed, by: 'update' },
  ],
  logsFrom: Date.UTC(2020, 11, 31) * 1000,
  collected: Date.UTC(2021, 2, 9, 8) * 1000,
  proxyDays: 6,
  ecpDays: 30,
  halfApplied: false,
  restarted: undefined,
  encoding: 'utf-8',
  language: 'en',
  balancers: [],
  iisWithout: [],
  forwardedFrom: undefined,
  rolloverBehind: 0,
  events: 'evtx',
  collectorBehind: 0,
  sysmon: false,
  manifest: false,
};
