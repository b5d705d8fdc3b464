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

test('two machines of one short name are told apart by their domains, a third place with the short name alone is neither', () => {
  const hosts = attributeHosts(
    [
      named('A/C/Windows/Application.evtx', ['MAIL01.a.example', 50]),
      named('A/C/inetpub/logs/u_ex210303.log', ['', 10]),
      named('B/C/Windows/Application.evtx', ['MAIL01.b.example', 50]),
      named('C/D/Exchange/ECPServer20210303-1.LOG', ['MAIL01', 5]),
    ],
    ['A/', 'B/', 'C/'].map((prefix) => ({ prefix, isSnapshot: false })),
  );
  expect([0, 1, 2, 3].map((i) => hosts.ofArtifact(i))).toEqual([
    'mail01.a.example',
    'mail01.a.example',
    'mail01.b.example',
    'mail01',
  ]);
  // What another log says of one of them says which.
  expect(hosts.ofName(3, 'mail01.b.example')).toBe('mail01.b.example');
  expect(hosts.ofName(0, 'mail01')).toBe('mail01.a.example');
  expect(hosts.names.get('mail01.b.example')).toEqual(['MAIL01.b.example']);
});

test('a machine that changed its domain is one, and so is one that is called in short elsewhere', () => {
  const hosts = attributeHosts([
    named('A/C/Windows/Application.evtx', ['MAIL01.old.example', 20], ['MAIL01.new.example', 50]),
    named('B/C/Windows/Application.evtx', ['MAIL01.new.example', 50]),
    named('C/C/Windows/Application.evtx', ['mail01', 50]),
  ]);
  expect([0, 1, 2].map((i) => hosts.ofArtifact(i))).toEqual(['mail01', 'mail01', 'mail01']);
});

test('snapshots show one host, whatever domain it was in', () => {
  const hosts = attributeHosts(
    [named('before/C/x.evtx', ['MAIL01.old.example', 5]), named('after/C/x.evtx', ['MAIL01.new.example', 5])],
    ['before/', 'after/'].map((prefix) => ({ prefix, isSnapshot: true })),
  );
  expect([hosts.ofArtifact(0), hosts.ofArtifact(1)]).toEqual(['mail01', 'mail01']);
});

test('a path of ten thousand folders costs no more than its length times a bound', () => {
  const deep = `${'a/'.repeat(10_000)}x.evtx`;
  const artifacts = Array.from({ length: 40 }, (_, i) => named(`EX01/${deep}${i}`, ['EX01', 5]));
  const hosts = attributeHosts([...artifacts, named('EX01/C/u_ex.log', ['', 3])], undefined, ['EX01/']);
  expect(hosts.ofArtifact(40)).toBe('ex01');
}, 5_000);
