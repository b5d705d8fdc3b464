import type { Act, ActName } from './act.ts';
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
        act,
        status: node.number('status', act === 'proxylogon' ? 241 : 200),
        count: node.number('count', 1),
      };
    case 'ddi-set-object':
    case 'ddi-clean-up':
      return { ...doing, act };
    case 'ddi-reset-object':
      return { ...doing, act, executed: node.flag('executed', true), path: node.text('path', '') };
    case 'shell-file':
      return { ...doing, act, path: node.text('path'), style: node.word('style', ['oab', 'plain'], 'oab') };
    case 'shell-request':
      return {
        ...doing,
        act,
        path: node.text('path'),
        method: node.word('method', ['GET', 'POST'], 'POST'),
        status: node.number('status', 200),
        count: node.number('count', 1),
      };
    case 'compiled-page':
    case 'shell-deleted':
      return { ...doing, act, path: node.text('path') };
    case 'command':
      return { ...doing, act, line: node.text('line', 'whoami') };
    case 'lsass-dump':
      return { ...doing, act, path: node.text('path', 'C/root/lsass.dmp') };
    default:
      return { ...doing, act, count: node.number('count', act === 'shell-hunter' ? 10 : 3) };
  }
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
  'public-scanner',
  'rejected-probe',
  'shell-hunter',
];
