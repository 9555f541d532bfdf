import { expect, test } from '@jest/globals';
import { changedLines, changesOf } from './ansible-runs.ts';

const output = `
TASK [Apt knows Debian trixie] *************************************************
ok: [node1] => {"changed": false}
changed: [node2] => {"changed": true}

TASK [The registry runs] *******************************************************
changed: [node1] => {"changed": true}
`;

test('a change is named with its task and its host', () => {
  expect(changedLines(output)).toEqual([
    'TASK [Apt knows Debian trixie] changed: [node2] => {"changed": true}',
    'TASK [The registry runs] changed: [node1] => {"changed": true}',
  ]);
});

const counts = { failed: 0, unreachable: 0 };
const played = { code: 0, output, seconds: 1 };

test('a run that changed nothing has no changes', () => {
  expect(changesOf({ ...played, hosts: new Map([['node1', { ...counts, changed: 0 }]]) })).toEqual([]);
});

test('a run that changed something says on which host, and what', () => {
  const hosts = new Map([['node2', { ...counts, changed: 1 }]]);
  expect(changesOf({ ...played, hosts })[0]).toMatch(/^node2 changed=1: .*Apt knows Debian trixie/);
});

test('a run that counted no host proves nothing', () => {
  expect(changesOf({ ...played, hosts: new Map() })).toHaveLength(1);
});
