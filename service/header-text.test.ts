import { validateHeaderValue } from 'node:http';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fromHeader, toHeader } from './header-text.ts';

test('any text comes through a header', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      validateHeaderValue('X-Instance', toHeader(text));
      expect(fromHeader(toHeader(text))).toBe(text);
    }),
  );
});

test('the name of a usual host stays as it is', () => {
  expect(toHeader('node-1.example:80 (blue)')).toBe('node-1.example:80 (blue)');
});

test('a header that somebody else made stays as it is', () => {
  expect(fromHeader('100 %')).toBe('100 %');
});
