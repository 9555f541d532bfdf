import { expect, test } from '@jest/globals';
import { createMetrics } from '@motorpool/service/metrics.ts';
import { measureMembers } from './measure-members.ts';

test('members are counted by role, and nobody waits for one that hangs', async () => {
  const who = { address: 'db', instance: null, version: null };
  const group = [
    { ...who, role: 'primary' as const, isUp: true },
    { ...who, role: null, isUp: false },
    { ...who, role: 'secondary' as const, isUp: true },
    { ...who, role: 'secondary' as const, isUp: true },
  ];
  const answers = [Promise.resolve(group), new Promise<never>(() => {}), Promise.resolve([])];
  const metrics = createMetrics('service1');
  measureMembers(metrics, { members: () => answers.shift() ?? Promise.resolve([]) });
  const shown = async () => {
    const text = await metrics.registry.getSingleMetricAsString('database_members');
    return [...text.matchAll(/role="(\w+)".* (\d+)$/gm)].map(([, role, count]) => `${role} ${count}`);
  };
  await shown();
  const counted = ['alone 0', 'primary 1', 'secondary 2', 'out 1'];
  expect(await shown()).toEqual(counted);
  expect(await shown()).toEqual(counted);
});
