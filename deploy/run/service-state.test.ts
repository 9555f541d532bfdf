import { expect, test } from '@jest/globals';
import type { Task } from '../swarm/swarm.ts';
import { serviceOf, taskOf, viewOf } from '../swarm/test-view.ts';
import { type Before, stateOf, type View } from './service-state.ts';

const [old, now] = ['service2:1.0', 'service2:1.1'];
const nothing: Before = { services: new Map(), taskIds: new Set() };
const before: Before = { services: new Map([['service2', serviceOf(old)]]), taskIds: new Set(['a', 'b']) };

const state = (view: View, since = before) => stateOf('service2', view, since);
const failed = (...ids: string[]): Task[] => ids.map(id => taskOf(id, now, 'failed'));

test('a service whose tasks all run its specification is done, though they leave out what is empty', () => {
  const view = viewOf(serviceOf(now), [taskOf('c', now), taskOf('d', now)]);
  expect(state(view)).toEqual({ name: 'service2', state: 'done', progress: '2 of 2 run it' });
});

test('a service with a task of another image, or started before a forced update, is moving', () => {
  expect(state(viewOf(serviceOf(now), [taskOf('a', old), taskOf('c', now)]))).toMatchObject({
    state: 'moving',
    progress: '1 of 2 run it',
  });
  const forced = serviceOf(now);
  forced.Spec.TaskTemplate.ForceUpdate = 1;
  expect(state(viewOf(forced, [taskOf('c', now), taskOf('d', now)])).state).toBe('moving');
});

test('a service with a task that is still stopping is moving, unless its node is away', () => {
  const leaving = taskOf('a', old, 'running', { DesiredState: 'shutdown' });
  const tasks = [taskOf('c', now), taskOf('d', now)];
  expect(state(viewOf(serviceOf(now), [...tasks, leaving]))).toMatchObject({
    state: 'moving',
    progress: '2 of 2 run it, 1 of before are stopping',
  });
  const view = viewOf(serviceOf(now), [...tasks, { ...leaving, NodeID: 'node2' }]);
  expect(state(view).state).toBe('done');
});

test('a service is moving as long as the swarm watches its update', () => {
  const service = serviceOf(now, { UpdateStatus: { State: 'updating', StartedAt: '2' } });
  expect(state(viewOf(service, [taskOf('c', now), taskOf('d', now)]))).toMatchObject({
    state: 'moving',
    progress: '2 of 2 run it, being watched',
  });
});

test('a service that the swarm rolled back since has failed, and says why', () => {
  const UpdateStatus = { State: 'rollback_completed', StartedAt: '2', Message: 'task c failed' };
  const view = viewOf(serviceOf(old, { UpdateStatus }), [taskOf('a', old), taskOf('b', old)]);
  expect(state(view)).toMatchObject({
    state: 'failed',
    progress: 'was rolled back by the swarm: task c failed',
  });
});

test('a service is moving while the swarm rolls it back, so that nobody disturbs that', () => {
  const UpdateStatus = { State: 'rollback_started', StartedAt: '2', Message: 'task c failed' };
  const view = viewOf(serviceOf(old, { UpdateStatus }), [taskOf('a', old), taskOf('b', old)]);
  expect(state(view)).toMatchObject({ state: 'moving', progress: 'is being rolled back by the swarm' });
});

test('a rollback that was there before is none of this deploy', () => {
  const service = serviceOf(old, { UpdateStatus: { State: 'rollback_completed', StartedAt: '1' } });
  const since = { ...before, services: new Map([['service2', service]]) };
  expect(state(viewOf(service, [taskOf('a', old), taskOf('b', old)]), since).state).toBe('done');
});

test('a new service has failed when its tasks failed three times; an updated one is left to the swarm', () => {
  expect(state(viewOf(serviceOf(now), failed('c', 'd')), nothing).state).toBe('moving');
  const view = viewOf(serviceOf(now), failed('c', 'd', 'e'));
  expect(state(view, nothing)).toMatchObject({ state: 'failed', progress: 'failed to start 3 times' });
  expect(state(view).state).toBe('moving');
});

test('a global service wants a task on each node that is in service', () => {
  const service = serviceOf(now);
  service.Spec.Mode = { Global: {} };
  expect(state(viewOf(service, [taskOf('c', now)])).state).toBe('done');
});

test('a service that is not there yet is moving', () => {
  expect(stateOf('service3', viewOf(serviceOf(now), []), nothing).state).toBe('moving');
});
