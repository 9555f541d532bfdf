import { beforeEach, expect, test } from '@jest/globals';
import { testSwarm } from '../swarm/test-swarm.ts';
import { endLeftRehearsals, rehearse } from './rehearse.ts';

const { engine, docker } = testSwarm();
let states: object[];

beforeEach(async () => {
  await docker.answer({ 'run --detach': 'c1', stop: '', logs: 'a last line' });
  engine.answers = {
    'GET /containers/c1/json': () => ({ State: states.length > 1 ? states.shift() : states[0] }),
    'DELETE /containers/': null,
  };
});

const healthy = { Status: 'running', ExitCode: 0, Health: { Status: 'healthy', Log: [] } };

test('an image that starts, is healthy and stops passes its rehearsal, and its container goes', async () => {
  states = [{ Status: 'running', ExitCode: 0 }, healthy, { Status: 'exited', ExitCode: 0 }];
  expect(await rehearse('motorpool', 'service2', 'service2:1.1')).toBeNull();
  expect(engine.requests.at(-1)).toBe('DELETE /containers/c1?force=true&v=true');
});

test.each([
  [[{ Status: 'exited', ExitCode: 3 }], 'it exits at start, with code 3'],
  [
    [{ Status: 'running', ExitCode: 0, Health: { Status: 'unhealthy', Log: [{ Output: 'no\n' }] } }],
    'it is not healthy: no',
  ],
  [[healthy, { Status: 'exited', ExitCode: 137 }], 'it ignores SIGTERM, and had to be killed after 20 s'],
  [[healthy, { Status: 'exited', ExitCode: 1 }], 'it stops with exit code 1 instead of 0'],
])('an image that does not is a failure with its last lines: %j', async (seen, reason) => {
  states = seen;
  expect(await rehearse('motorpool', 'service2', 'service2:1.1')).toEqual({
    service: 'service2',
    reason: `failed its rehearsal: ${reason}`,
    task: 'service2:1.1',
    log: 'a last line',
  });
  expect(engine.requests.at(-1)).toBe('DELETE /containers/c1?force=true&v=true');
});

test('what a rehearsal that was killed left is removed', async () => {
  engine.answers['GET /containers/json?all=true&filters={"label":["motorpool.rehearsal-of=motorpool"]}'] = [
    { Id: 'left' },
  ];
  await endLeftRehearsals('motorpool');
  expect(engine.requests.at(-1)).toBe('DELETE /containers/left?force=true&v=true');
});
