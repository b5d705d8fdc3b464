import { expect, test } from 'vitest';

import type { XmlContent, XmlElement } from './elements.ts';
import { bodyFields, otherwiseNamed, systemFields } from './event-fields.ts';

function element(name: string, attributes: Record<string, string>, ...children: XmlContent[]): XmlElement {
  const pairs = Object.entries(attributes).map(([attribute, value]) => ({ name: attribute, value }));
  return { name, attributes: pairs, children, selfClosed: children.length === 0 };
}

test('System is known by the names of the trade', () => {
  const fields = systemFields(
    element(
      'System',
      {},
      element('Provider', { Name: 'P', Guid: '{g}', EventSourceName: 'S' }),
      element('EventID', { Qualifiers: '16384' }, '7'),
      element('TimeCreated', { SystemTime: '2021-03-02T19:50:00.0000000Z' }),
      element('Correlation', { ActivityID: '{a}', RelatedActivityID: '{r}' }),
      element('Execution', { ProcessID: '4', ThreadID: '8' }),
      element('Channel', {}, 'Security'),
      element('Security', {}),
    ),
  );
  expect([...fields]).toEqual([
    ['Provider_Name', 'P'],
    ['Provider_Guid', '{g}'],
    ['Provider_EventSourceName', 'S'],
    ['EventID_Qualifiers', '16384'],
    ['EventID', '7'],
    ['TimeCreated', '2021-03-02T19:50:00.0000000Z'],
    ['ActivityID', '{a}'],
    ['RelatedActivityID', '{r}'],
    ['ProcessID', '4'],
    ['ThreadID', '8'],
    ['Channel', 'Security'],
  ]);
});

test('values of EventData go by their names, those without a name are a list', () => {
  const body = bodyFields(
    [
      element(
        'EventData',
        { Name: 'Template' },
        element('Data', { Name: 'Image' }, 'cmd.exe'),
        element('Data', { Name: 'Channel' }, 'not the channel'),
        element('Data', {}, 'one'),
        element('Data', {}),
        element('Binary', {}, '00AB'),
      ),
    ],
    (name) => name === 'Channel',
  );
  expect(Object.fromEntries(body.listed)).toEqual({
    EventData_Name: 'Template',
    Image: 'cmd.exe',
    'EventData/Channel': 'not the channel',
    Data: ['one', ''],
    Binary: '00AB',
  });
  expect(otherwiseNamed(body, 'Data[1]')).toBe('');
  expect(otherwiseNamed(body, 'Data[2]')).toBeUndefined();
  expect(otherwiseNamed(body, 'EventData/Image')).toBe('cmd.exe');
  expect(otherwiseNamed(body, 'EventData/Data')).toEqual(['one', '']);
  expect(otherwiseNamed(body, 'UserData/Image')).toBeUndefined();
});

test('leaves of UserData go by their element, and with their parent where that is not enough', () => {
  const body = bodyFields(
    [
      element(
        'UserData',
        {},
        element(
          'Operation',
          { xmlns: 'urn:x', Kind: 'k' },
          element('Client', {}, element('Name', {}, 'a'), element('Port', {}, '1')),
          element('Server', {}, element('Name', {}, 'b')),
          element('Tag', {}, 't1'),
          element('Tag', {}, 't2'),
        ),
      ),
    ],
    () => false,
  );
  expect(Object.fromEntries(body.listed)).toEqual({
    Operation_Kind: 'k',
    'Client/Name': 'a',
    Port: '1',
    'Server/Name': 'b',
    Tag: ['t1', 't2'],
  });
  expect(otherwiseNamed(body, 'Name')).toEqual(['a', 'b']);
  expect(otherwiseNamed(body, 'UserData/Port')).toBe('1');
});

test('other sections keep their name before their fields', () => {
  const rendering = element(
    'RenderingInfo',
    { Culture: 'en' },
    element('Message', {}, 'm'),
    element('Level', {}, 'Info'),
  );
  const { listed } = bodyFields([rendering], (name) => name === 'Level');
  expect(Object.fromEntries(listed)).toEqual({
    'RenderingInfo/RenderingInfo_Culture': 'en',
    'RenderingInfo/Message': 'm',
    'RenderingInfo/Level': 'Info',
  });
});

test('a name that an attacker chose is a name like others', () => {
  const hostile = element(
    'EventData',
    {},
    element('Data', { Name: '__proto__' }, 'x'),
    element('Data', { Name: 'get' }, 'y'),
  );
  const { listed } = bodyFields([hostile], () => false);
  expect([...listed]).toEqual([
    ['__proto__', 'x'],
    ['get', 'y'],
  ]);
});
