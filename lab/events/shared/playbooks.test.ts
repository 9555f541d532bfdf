import { expect, test } from '@jest/globals';
import { changedLines, changesOf, endsWithin } from './playbooks.ts';

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

test('a run that changed nothing has no changes', () => {
  expect(changesOf({ output, changed: new Map([['node1', 0]]) })).toEqual([]);
});

test('a run that changed something says on which host, and what', () => {
  const changed = new Map([['node2', 1]]);
  expect(changesOf({ output, changed })[0]).toMatch(/^it changed node2 1: .*Apt knows Debian trixie/);
});

test('a run that counted no host proves nothing', () => {
  expect(changesOf({ output, changed: new Map() })).toHaveLength(1);
});

test('an output ends within its last task, for the hosts that have not done it', () => {
  expect(endsWithin(output, 'The registry runs', 'node2')).toBe(true);
  expect(endsWithin(output, 'The registry runs', 'node1')).toBe(false);
  expect(endsWithin(output, 'Apt knows Debian trixie', 'node3')).toBe(false);
});
