import { expect, test } from '@jest/globals';
import { chosen, findEvents, groupsOf } from './prove.ts';
import { openStack } from './stack.ts';

const events = await findEvents(openStack());

test('every event of the folder is found, under a name of its own', () => {
  const names = events.map(({ name }) => name);
  expect(names).toContain('Nothing happens');
  expect(new Set(names).size).toBe(names.length);
});

test('six commits on end prove every group', () => {
  const turns = [0, 1, 2, 3, 4, 5].flatMap(groupsOf);
  expect(new Set(turns)).toEqual(new Set(events.map(({ group }) => group)));
});

test('a choice leaves what it names, and says what there is where that is nothing', () => {
  expect(chosen(events, 'password is rotated', []).map(({ group }) => group)).toEqual(['Planned']);
  expect(chosen(events, '', ['controls']).every(({ group }) => group === 'Controls')).toBe(true);
  expect(() => chosen(events, 'elephant', [])).toThrow(
    /No event is named "elephant"[\s\S]*Steady: Nothing happens/,
  );
});
