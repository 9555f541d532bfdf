import { expect, test } from '@jest/globals';
import { TooLate } from '@motorpool/service/time-limit.ts';
import { Busy, createPlaces } from './places.ts';

test('a place that is given back goes to who has waited longest', async () => {
  const places = createPlaces(1, 2);
  await places.take(1000);
  const served: string[] = [];
  const waiting = ['first', 'second'].map(who => places.take(1000).then(() => served.push(who)));
  expect(served).toEqual([]);
  places.giveBack();
  await waiting[0];
  expect(served).toEqual(['first']);
  places.giveBack();
  await waiting[1];
});

test('who finds the queue full is refused at once', async () => {
  const places = createPlaces(1, 1);
  await places.take(1000);
  const waiting = places.take(1000);
  await expect(places.take(1000)).rejects.toThrow(Busy);
  places.giveBack();
  await waiting;
});

test('who has given up has left the queue, and takes no place', async () => {
  const places = createPlaces(1, 1);
  await places.take(1000);
  await expect(places.take(1)).rejects.toThrow(TooLate);
  const waiting = places.take(1000);
  places.giveBack();
  await waiting;
  places.giveBack();
  await places.take(1000);
});
