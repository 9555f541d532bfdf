import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, fetch } from 'undici';
import { credentialsFolder, registryPassword } from '../credentials.ts';
import type { Event, Finding } from '../event.ts';
import type { Load } from '../load/load.ts';
import { inNode, nodeNumber } from '../nodes.ts';
import { pushOtherMysql, pushOver, registryAddress, registryUser, services } from '../release.ts';
import type { Stack } from '../stack.ts';
import { until } from '../until.ts';
import { ensureVersion, good, isIn } from './shared/ensure.ts';
import { differences, thingsOf } from './shared/things.ts';
import { answered, deployed, together } from './shared/under-load.ts';

const group = 'Registries';
const perSecond = 40; // as where all four services are updated at once
const host = nodeNumber(1);
const repositories = '/var/lib/docker/volumes/motorpool-registry/_data/docker/registry/v2/repositories';

/** What becomes of a registry, and how that begins and ends, in a line of bash on its host. */
const breakdowns: [does: string, begins: string, ends: string][] = [
  ['is stopped', 'docker stop motorpool-registry', 'docker start motorpool-registry'],
  ['hangs', 'docker pause motorpool-registry', 'docker unpause motorpool-registry'],
  ['answers 500', `chmod 000 ${repositories}`, `chmod 755 ${repositories}`],
  [
    'has lost an image',
    `mv ${repositories}/motorpool/service2 /var/tmp`,
    `mv /var/tmp/service2 ${repositories}/motorpool`,
  ],
];

/** A registry that has something else than before, or nothing. */
export default function registryEvents(stack: Stack): Event[] {
  return [
    {
      name: 'Another image is pushed as mysql:9.7, and service 2 is updated',
      group,
      promise: 'The deploy says that there is another MySQL, and replaces the tasks of service 2 alone.',
      async prepare() {
        await ensureVersion(stack);
        await pushOtherMysql('mysql:9.7');
      },
      happen: load => updateOne(stack, load),
      async restore() {
        await pushOver('mysql:9.7', 'mysql:9.7');
        await ensureVersion(stack);
      },
    },
    ...breakdowns.map(([does, begins, ends]) => ({
      name: `Rollback while the registry ${does}`,
      group,
      promise:
        'A new version is refused in one sentence, and nothing is touched; going back, and a new password, fail no request.',
      load: { perSecond },
      async prepare() {
        await ensureVersion(stack);
        await ensureVersion(stack, services, '1.2.0');
      },
      async happen(load: Load) {
        await inNode(host, begins);
        return goBack(stack, load);
      },
      async restore() {
        await inNode(host, ends).catch(() => {}); // it may not have begun
        await until('the registry gives images again', isWhole, 60);
        await ensureVersion(stack);
      },
    })),
  ];
}

async function updateOne(stack: Stack, load: Load): Promise<Finding> {
  const before = await thingsOf(stack);
  const args = ['--version', '1.2.0', '--only', 'service2'];
  const { problems, figures, output } = await deployed(stack, load, args, 'the deploy');
  await answered(load);
  const tasks = differences(before, await thingsOf(stack)).filter(isTask);
  const strange = tasks.filter(task => !task.includes('motorpool_service2'));
  if (tasks.length === 0) problems.push('no task was replaced');
  if (!/Another \S+\/mysql:9\.7 is published/.test(output)) problems.push('nobody heard of another MySQL');
  return { problems: [...problems, ...strange], figures };
}

async function goBack(stack: Stack, load: Load): Promise<Finding> {
  const before = await thingsOf(stack);
  const { code, output } = await stack.deploy(['--version', '9.9.9']);
  const problems = code === 0 ? ['a version that nobody has was deployed'] : [];
  if (!/^Version 9\.9\.9 was not deployed, and nothing was touched, since .*$/.test(output.trim()))
    problems.push(`the deploy does not say in one sentence why not: ${output.slice(-1500)}`);
  problems.push(...differences(before, await thingsOf(stack)));
  const findings = [
    await deployed(stack, load, ['rollback'], 'rollback'),
    await deployed(stack, load, ['rotate-password'], 'rotate-password'),
  ];
  await answered(load);
  if (!(await isIn(stack, good))) problems.push('not all tasks run the version before');
  return together([{ problems, figures: {} }, ...findings]);
}

function isTask(difference: string): boolean {
  return difference.includes(': task ');
}

async function isWhole(): Promise<boolean> {
  const ca = await readFile(join(credentialsFolder, 'registry.crt'), 'utf8');
  const login = Buffer.from(`${registryUser}:${await registryPassword()}`).toString('base64');
  const { ok } = await fetch(`https://${registryAddress}/v2/motorpool/service2/tags/list`, {
    dispatcher: new Agent({ connect: { ca } }),
    headers: { authorization: `Basic ${login}` },
  });
  return ok;
}
