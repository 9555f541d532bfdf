import { expect, test } from '@jest/globals';
import { testSwarm } from '../swarm/test-swarm.ts';
import { readReleases } from './releases.ts';
import { configOf, stackFileOf } from './test-release.ts';

const { engine } = testSwarm();

const tag = 'motorpool/service1:1.0';
const digest = `sha256:${'a'.repeat(64)}`;

test.each([
  ['what ran then', `${tag}@${digest}`, `${tag}@${digest}`],
  ['no other image, as after a change by hand', `other:1@${digest}`, tag],
  ['nothing without a digest, as where no registry gave one', tag, tag],
])('a release that names its images by tags means %s', async (_what, image, expected) => {
  const deployed = { services: { service1: { image } }, networks: {}, databaseNode: null };
  engine.answers = { 'GET /configs': [configOf(1, '1.0', stackFileOf('1.0'), deployed)] };
  const [release] = await readReleases('motorpool');
  expect(release?.file.services.service1?.image).toBe(expected);
});
