import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { requestIdOf } from './request-id.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

test.each(['12345678', 'a'.repeat(128), 'b3f6a0c2d4e8f901', 'A.b_c-d.9'])('the id "%s" is kept', id => {
  expect(requestIdOf(id)).toBe(id);
});

test.each([
  undefined,
  '',
  '1234567',
  'a'.repeat(129),
  '12345678\n',
  '<script>alert()',
  'räuberhöhle',
  'a b c d e',
])('for %j there is a new id', header => {
  expect(requestIdOf(header)).toMatch(uuid);
});

test('whatever comes in, what goes out is an id', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), header => {
      expect(requestIdOf(header)).toMatch(/^[\w.-]{8,128}$/);
    }),
  );
});

test('no two new ids are the same', () => {
  expect(new Set(Array.from({ length: 1000 }, () => requestIdOf(undefined))).size).toBe(1000);
});
