import { expect, test } from '@jest/globals';
import { stackFileOf } from '../history/test-release.ts';
import { planOf } from './plan.ts';

test('the plan of a first deploy names each service and its image', () => {
  expect(planOf(null, stackFileOf('1.0'))).toEqual(['+ service1: motorpool/service1:1.0']);
});

test('the plan of an update names what comes, goes and changes, old and new', () => {
  const wanted = stackFileOf('1.0');
  wanted.services.service1 = { image: 'motorpool/service1:1.1', environment: { LOG_LEVEL: 'info' } };
  expect(planOf(stackFileOf('1.0'), wanted)).toEqual([
    '- service1.deploy.replicas: 2',
    '+ service1.environment.LOG_LEVEL: info',
    '~ service1.image: motorpool/service1:1.0 → motorpool/service1:1.1',
  ]);
});

test('a service that comes or goes is one line', () => {
  const wanted = stackFileOf('1.0');
  wanted.services = { service9: { image: 'service9:1', deploy: { replicas: 2 } } };
  expect(planOf(stackFileOf('1.0'), wanted)).toEqual([
    '- service1: motorpool/service1:1.0',
    '+ service9: service9:1',
  ]);
});

test('a config changes by its name: where its file is says nothing', () => {
  const [running, wanted] = [stackFileOf('1.0'), stackFileOf('1.0')];
  running.configs.cars = { name: 'motorpool_cars_1.0', external: true };
  expect(planOf(running, wanted)).toEqual([]);
  wanted.configs.cars = { name: 'motorpool_cars_other', file: '/somewhere/cars.json' };
  expect(planOf(running, wanted)).toEqual(['~ configs.cars: motorpool_cars_1.0 → motorpool_cars_other']);
});
