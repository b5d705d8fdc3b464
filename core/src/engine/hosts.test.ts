import { expect, test } from 'vitest';

import { attributeHosts, UNNAMED } from './hosts.ts';

const named = (path: string, ...hosts: readonly (readonly [string, number])[]) => ({ path, hosts: new Map(hosts) });

test('what names no machine belongs to the machine that its neighbours name', () => {
  const hosts = attributeHosts([
    named('C/inetpub/logs/LogFiles/W3SVC1/u_ex210303.log', ['', 10]),
    named('C/Windows/System32/winevt/Logs/Application.evtx', ['EX01.contoso.example', 50]),
    named('D/Exchange/Logging/ECP/Server/ECPServer20210303-1.LOG', ['EX01', 5]),
  ]);
  expect([0, 1, 2].map((i) => hosts.ofArtifact(i))).toEqual(['ex01', 'ex01', 'ex01']);
  expect(hosts.names.get('ex01')).toEqual(['EX01', 'EX01.contoso.example']);
});

test('two servers side by side are never mixed, even if one names itself nowhere', () => {
  const hosts = attributeHosts([
    named('first/C/inetpub/logs/LogFiles/W3SVC1/u_ex210303.log', ['', 10]),
    named('first/C/Windows/System32/winevt/Logs/Application.evtx', ['EX01', 50]),
    named('second/C/inetpub/logs/LogFiles/W3SVC1/u_ex210303.log', ['', 10]),
  ]);
  expect(hosts.ofArtifact(0)).toBe('ex01');
  expect(hosts.ofArtifact(2)).toBe(`${UNNAMED}:second`);
});

test('a name from before the machine was renamed is an alias, a forwarded log names other machines', () => {
  const renamed = attributeHosts([named('Logs/System.evtx', ['WIN-7F3K', 3], ['EX01.contoso.example', 97])]);
  expect(renamed.ofName(0, 'WIN-7F3K')).toBe('ex01');
  const forwarded = attributeHosts([
    named('Logs/ForwardedEvents.evtx', ['A', 3], ['B', 97]),
    named('Logs/System.evtx', ['C', 9]),
  ]);
  expect(forwarded.ofName(0, 'A')).toBe('a');
  expect(forwarded.ofName(0, 'B')).toBe('b');
});

test('an address is not the name of a machine', () => {
  const hosts = attributeHosts([named('x.log', ['10.0.0.1', 3], ['localhost', 2])]);
  expect(hosts.ofArtifact(0)).toBe(UNNAMED);
  expect(hosts.ofName(0, '10.0.0.1')).toBe(UNNAMED);
});

test('a folder called like its machine, and an input of its own, keep their neighbours apart', () => {
  const side = attributeHosts([
    named('EX01/events/Application.evtx', ['EX01', 50]),
    named('EX02/IISLogs/u_ex210303.log', ['', 10]),
  ]);
  expect(side.ofArtifact(1)).not.toBe('ex01');
  const inputs = attributeHosts(
    [named('first/events/Application.evtx', ['EX01', 50]), named('second/u_ex210303.log', ['', 10])],
    [
      { prefix: 'first/', isSnapshot: false },
      { prefix: 'second/', isSnapshot: false },
    ],
  );
  expect([inputs.ofArtifact(0), inputs.ofArtifact(1)]).toEqual(['ex01', `${UNNAMED}:second`]);
});
