import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';

const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true });
const health = compose['x-health'];
const seconds = (time: string) => Number(/(\d+)s/.exec(time)?.[1]);

/** The longest that a check which hangs may do so before its task counts as ill, in seconds. */
const givesUpAfter = health.retries * (seconds(health.interval) + seconds(health.timeout));

test('a release that is never healthy is judged within 35 s, one that falls ill within 30', () => {
  expect(seconds(health.start_period) + givesUpAfter).toBeLessThanOrEqual(35);
  expect(givesUpAfter).toBeLessThanOrEqual(30);
});

test('an update is watched for longer than that', () => {
  for (const name of ['nginx', 'service1', 'service2', 'service3', 'service4', 'db']) {
    const { monitor } = compose.services[name].deploy.update_config;
    expect(seconds(monitor)).toBeGreaterThan(seconds(health.start_period) + givesUpAfter);
  }
});

test('no node leaves a network in which services ask each other, and comes in anew', () => {
  const { services, networks } = compose;
  expect(['world', ...services.anchor.networks].sort()).toEqual(Object.keys(networks).sort());
});

test('the image checks itself as the stack file has NGINX and MySQL checked', () => {
  const [, words = ''] = /HEALTHCHECK (.*) CMD/.exec(readFileSync('Dockerfile', 'utf8')) ?? [];
  const ofImage = Object.fromEntries(
    words.split(' ').map(word => word.slice(2).replace(/-/g, '_').split('=')),
  );
  expect(ofImage).toEqual({ ...health, retries: String(health.retries) });
});
