import { describe, expect, test } from '@jest/globals';
import { readSettings } from '@motorpool/service/settings.ts';
import request from 'supertest';
import { createApp } from './app.ts';
import { readCars } from './car.ts';
import { declaration } from './settings.ts';

const types = readCars(new URL('cars.json', import.meta.url));
const serviceThree = () => createApp(readSettings(declaration, { LOG_LEVEL: 'silent' })).app;

describe('When a car is asked for', () => {
  test('curl gets one of the types as plain text', async () => {
    const { text, type } = await request(serviceThree()).get('/car').set('Accept', '*/*').expect(200);
    expect(type).toBe('text/plain');
    expect(types).toContain(text);
  });

  test('JSON is given where it is asked for', async () => {
    const { body } = await request(serviceThree()).get('/car').set('Accept', 'application/json').expect(200);
    expect(Object.keys(body)).toEqual(['car']);
    expect(types).toContain(body.car);
  });

  test('it is not always the same', async () => {
    const app = serviceThree();
    const drawn = new Set<string>();
    // Sixty draws of one and the same type are less likely than one in 10^70.
    for (let i = 0; i < 60; i += 1) drawn.add((await request(app).get('/car')).text);
    expect(drawn.size).toBeGreaterThan(1);
  });
});

describe('When all cars are asked for', () => {
  test('curl gets one type a line', async () => {
    const { text } = await request(serviceThree()).get('/cars').expect(200);
    expect(text.split('\n')).toEqual(types);
  });

  test('JSON is given where it is asked for', async () => {
    const { body } = await request(serviceThree()).get('/cars').set('Accept', 'application/json').expect(200);
    expect(body).toEqual({ cars: types });
  });
});

test.each(['/car', '/cars'])('no cache may keep %s, and it varies with Accept', async path => {
  const { headers } = await request(serviceThree()).get(path);
  expect(headers).toMatchObject({ 'cache-control': 'no-store', vary: 'Accept' });
});
