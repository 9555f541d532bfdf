import { expect, test } from '@jest/globals';
import { stackFileOf } from '../history/test-release.ts';
import type { StackFile } from '../publish/stack-file.ts';
import { touchedServices } from './touched.ts';

function fileOf(more: Partial<StackFile> = {}): StackFile {
  const services = { service3: { image: 's3', configs: [{ source: 'cars' }] }, service4: { image: 's4' } };
  return { ...stackFileOf('1.0'), services, ...more };
}

test('a service is touched by another image, or by a config of another content, and no other service is', () => {
  expect(touchedServices(fileOf(), fileOf())).toEqual([]);
  const services = { ...fileOf().services, service4: { image: 'other' } };
  expect(touchedServices(fileOf(), fileOf({ services }))).toEqual(['service4']);
  const configs = { cars: { name: 'motorpool_cars_other', external: true } };
  expect(touchedServices(fileOf(), fileOf({ configs }))).toEqual(['service3']);
});

test('at first every service is touched', () => {
  expect(touchedServices(null, fileOf())).toEqual(['service3', 'service4']);
});
