import type { Act, ActName, Spelling, Tool } from './act.ts';
import type { CaseNode } from './case-node.ts';

/** Reads one entry of a case's `acts`. */
export function readAct(node: CaseNode): Act {
  const act = node.word('act', ACTS);
  const doing = { at: node.time('at'), from: node.text('from', '203.0.113.45'), session: node.text('session', 'one') };
  const made = shaped(node, act, doing);
  node.done();
  return made;
}

function shaped(node: CaseNode, act: ActName, doing: { at: number; from: string; session: string }): Act {
  switch (act) {
    case 'ssrf-autodiscover':
    case 'ssrf-mapi':
    case 'proxylogon':
    case 'ddi-get-object':
    case 'ews-read':
      return {
        ...doing,
        ...forging(node),
        act,
        status: node.number('status', act === 'proxylogon' ? 241 : 200),
        count: node.number('count', 1),
        ...(act === 'ews-read' && node.has('path') ? { path: node.text('path') } : {}),
      };
    case 'ddi-set-object':
      return {
        ...doing,
        ...forging(node),
        act,
        url: node.word('url', ['script', 'plain', 'odd'], 'script'),
        fails: node.flag('fails', false),
      };
    case 'ddi-clean-up':
      return { ...doing, ...forging(node), act };
    case 'ddi-reset-object':
      return {
        ...doing,
        ...forging(node),
        act,
        executed: node.flag('executed', true),
        path: node.text('path', ''),
      };
    case 'shell-file':
      return {
        ...doing,
        act,
        path: node.text('path'),
        style: node.word('style', ['oab', 'plain', 'classic', 'harmless', 'thief', 'logon'], 'oab'),
        ...(node.has('disk') ? { disk: node.text('disk') } : {}),
        ...(node.has('dated') ? { dated: node.time('dated') } : {}),
      };
    case 'served-folder':
    case 'iis-module':
      return { ...doing, act, name: node.text('name'), path: node.text('path') };
    case 'mail-archive':
      return { ...doing, act, count: node.number('count', 40), jobs: node.flag('jobs', false) };
    case 'proxyshell':
      return { ...doing, act, status: node.number('status', 200), count: node.number('count', 1) };
    case 'shell-request':
      return {
        ...doing,
        act,
        path: node.text('path'),
        method: node.word('method', ['GET', 'POST', 'PUT'], 'POST'),
        status: node.number('status', 200),
        count: node.number('count', 1),
      };
    case 'compiled-page':
    case 'shell-deleted':
      return { ...doing, act, path: node.text('path') };
    case 'command':
      return { ...doing, act, line: node.text('line', 'whoami'), framed: node.flag('framed', true) };
    case 'lsass-dump':
      return { ...doing, act, path: node.text('path', 'C/root/lsass.dmp') };
    default:
      return { ...doing, act, count: node.number('count', act === 'shell-hunter' ? 10 : 3) };
  }
}

function forging(node: CaseNode): {
  tool: Tool;
  spelling: Spelling;
  viaPeer: boolean;
  verb: 'GET' | 'POST' | 'PUT';
  carrier?: string;
} {
  return {
    tool: node.word('tool', ['script', 'portless', 'double', 'framework'], 'script'),
    spelling: node.word('spelling', ['usual', 'capitals', 'encoded', 'doubled'], 'usual'),
    viaPeer: node.flag('via-peer', false),
    verb: node.word('verb', ['GET', 'POST', 'PUT'], 'POST'),
    ...(node.has('carrier') ? { carrier: node.text('carrier') } : {}),
  };
}

const ACTS: readonly ActName[] = [
  'ssrf-autodiscover',
  'ssrf-mapi',
  'proxylogon',
  'ddi-get-object',
  'ews-read',
  'ddi-set-object',
  'ddi-reset-object',
  'ddi-clean-up',
  'shell-file',
  'shell-request',
  'compiled-page',
  'shell-deleted',
  'command',
  'lsass-dump',
  'served-folder',
  'iis-module',
  'mail-archive',
  'proxyshell',
  'public-scanner',
  'rejected-probe',
  'shell-hunter',
];
