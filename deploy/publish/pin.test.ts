import { beforeEach, expect, test } from '@jest/globals';
import { testSwarm } from '../swarm/test-swarm.ts';
import { newerImages, pinImages } from './pin.ts';
import type { StackFile } from './stack-file.ts';

const [a, b, c] = ['a', 'b', 'c'].map(letter => `sha256:${letter.repeat(64)}`);
const { engine } = testSwarm();

beforeEach(() => {
  engine.requests = [];
  engine.answers = { 'GET /distribution/': { Descriptor: { digest: c } } };
});

function fileOf(images: Record<string, string>): StackFile {
  const services = Object.fromEntries(Object.entries(images).map(([name, image]) => [name, { image }]));
  return { services, networks: {}, volumes: {}, configs: {}, secrets: {} };
}

const images = ({ services }: StackFile) => Object.values(services).map(({ image }) => image);

test('what an earlier release names by digest is that image still, and its registry is not asked', async () => {
  const earlier = [fileOf({ service2: `r/service2:1.0@${a}` }), fileOf({ service2: `r/service2:1.1@${b}` })];
  const file = fileOf({ service2: 'r/service2:1.0' });
  expect(await pinImages(file, earlier)).toEqual([]);
  expect(images(file)).toEqual([`r/service2:1.0@${a}`]);
  expect(engine.requests).toEqual([]);
});

test('a new version gets the digest that its registry gives', async () => {
  const file = fileOf({ service2: 'r:5000/service2:1.2' });
  await pinImages(file, []);
  expect(images(file)).toEqual([`r:5000/service2:1.2@${c}`]);
  expect(engine.requests).toEqual(['GET /distribution/r:5000/service2:1.2/json']);
});

test('MySQL is carried over from the newest release though its tag moved; that is said, or it is renewed', async () => {
  const earlier = [fileOf({ db: `mysql:9.7@${a}` }), fileOf({ db: `mysql:9.7@${b}` })];
  const carried = fileOf({ db: 'mysql:9.7' });
  expect(await pinImages(carried, earlier)).toEqual([]);
  expect(await newerImages(carried)).toEqual(['db']);
  expect(images(carried)).toEqual([`mysql:9.7@${b}`]);
  const renewed = fileOf({ db: 'mysql:9.7' });
  expect(await pinImages(renewed, earlier, ['db'])).toEqual([]);
  expect(images(renewed)).toEqual([`mysql:9.7@${c}`]);
  expect(await newerImages(renewed)).toEqual([]);
});

test('services of one image are renewed together, and told of once', async () => {
  const both = (image: string) => fileOf({ anchor: image, db: image });
  const file = both('mysql:9.7');
  await pinImages(file, [both(`mysql:9.7@${b}`)]);
  expect(await newerImages(file)).toEqual(['db']);
  const renewed = both('mysql:9.7');
  await pinImages(renewed, [file], ['db']);
  expect(images(renewed)).toEqual([`mysql:9.7@${c}`, `mysql:9.7@${c}`]);
});

test('without a registry what is known stays, and what is new is missing with the reason', async () => {
  engine.answers = {};
  const file = fileOf({ db: 'mysql:9.7', service2: 'r/service2:1.2' });
  expect(await pinImages(file, [fileOf({ db: `mysql:9.7@${b}` })])).toEqual([
    'r/service2:1.2 (rpc error: The swarm does not have a leader)',
  ]);
  expect(images(file)).toEqual([`mysql:9.7@${b}`, 'r/service2:1.2']);
  expect(await newerImages(file)).toEqual([]);
});

test('an image that the publisher names by its digest is taken as it is', async () => {
  const file = fileOf({ nginx: `nginx@${a}` });
  expect(await pinImages(file, [])).toEqual([]);
  expect(images(file)).toEqual([`nginx@${a}`]);
  expect(await newerImages(file)).toEqual([]);
});
