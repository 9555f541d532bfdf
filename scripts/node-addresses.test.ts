import { expect, test } from '@jest/globals';
import { addressesOf } from './node-addresses.ts';

const nodes = { managers: { hosts: ['one'] }, workers: { hosts: ['two', 'three'] } };

test('every manager and worker is looked at, under its address and port', () => {
  const hostvars = { one: { ansible_host: '10.0.0.1' }, two: { http_port: 8080 } };
  expect(addressesOf({ _meta: { hostvars }, ...nodes, registry: { hosts: ['four'] } })).toEqual([
    'http://10.0.0.1',
    'http://two:8080',
    'http://three',
  ]);
});

test('an inventory without nodes is an error, not a success with nothing looked at', () => {
  expect(() => addressesOf({ _meta: { hostvars: {} } })).toThrow('no hosts in the groups');
});
