import { play, playWell } from '../ansible.ts';
import type { Event, Finding } from '../event.ts';
import { inNode, type LabNode, nodeNumber, nodes } from '../nodes.ts';
import { secondsSince } from '../until.ts';
import { draw } from './shared/draws.ts';
import { ensureBare, setManagers } from './shared/ensure.ts';
import { asVersion, endsWithin } from './shared/playbooks.ts';

const version = '1.0.0';
const managers = 3;
const [one, two] = [nodeNumber(1), nodeNumber(2)];

/**
 * Where the installation is killed: during the task, as soon as the line of bash succeeds on the node, and before the
 * task has ended `on` a host.
 */
type Kill = { task: string; on: string; node: LabNode; line: string };

const uploads =
  '/var/lib/docker/volumes/motorpool-registry/_data/docker/registry/v2/repositories/*/*/_uploads/*';
// biome-ignore format: a table; the bracket in a pattern keeps it from finding itself
const kills: Kill[] = [
  { task: 'Docker Engine is installed', on: 'node2', node: two, line: 'pgrep --full "dpkg .*--unpac[k]"' },
  { task: 'The archive is loaded', on: 'node1', node: one, line: 'compgen -G "/var/lib/docker/tmp/docker-import-*"' },
  // An engine writes this file when it begins to join.
  { task: 'The other nodes are in the swarm', on: 'node2', node: two, line: 'test -e /var/lib/docker/swarm/docker-state.json' },
  { task: 'The registry has the images of the version', on: 'localhost', node: one, line: `compgen -G "${uploads}"` },
  { task: 'The stack runs its version', on: 'localhost', node: one, line: 'docker ps --filter label=motorpool.rehearsal-of | grep Up' },
  { task: 'The stack runs its version', on: 'localhost', node: one, line: 'docker service ls | grep "motorpool_service1 .* 0/"' },
];

/** The first deploy, on a controller whose power fails; nothing can come before this but bare hosts. */
export default function killedInstallationEvents(): Event[] {
  return [
    {
      name: 'An installation that is killed again and again',
      group: 'Bare hosts',
      promise: `site.yml, killed ${kills.length} times in the middle of a task and begun anew each time, gets to the same end: ${managers} managers and a stack.`,
      load: null,
      prepare: ensureBare,
      happen: install,
      restore: ensureOneManager,
    },
  ];
}

async function install(): Promise<Finding> {
  const began = performance.now();
  const problems: string[] = [];
  for (const { task, on, node, line } of kills) {
    const when = async () => (await inNode(node, `${line} >/dev/null && echo yes; true`)) === 'yes';
    const { code, output } = await play('site.yml', asVersion(version), { managers, kill: { task, when } });
    if (code !== 137 || !endsWithin(output, task, on))
      problems.push(`not killed within "${task}", but it ended: ${output.slice(-1500)}`);
  }
  const { seconds } = await playWell('site.yml', asVersion(version), { managers });
  const took = secondsSince(began);
  const roles = await inNode(two, "docker node ls --format '{{.ManagerStatus}}'");
  if (!/^(Leader|Reachable)(\n(Leader|Reachable)){2}$/.test(roles))
    problems.push(`the nodes are ${roles}, not managers`);
  for (const node of nodes) if (!(await draws(node))) problems.push(`${node.name} does not draw`);
  const left = await inNode(one, 'docker ps --all --quiet --filter label=motorpool.rehearsal-of');
  if (left !== '') problems.push(`of the rehearsals is left: ${left}`);
  return { problems, figures: { 'the last run took': `${seconds.toFixed(0)} s`, 'all of them': took } };
}

async function draws({ address }: LabNode): Promise<boolean> {
  return (await draw(`http://${address}`)).version === version;
}

/** What all other events begin with, also where this one has failed: a stack, and one manager. */
async function ensureOneManager(): Promise<void> {
  if (!(await draws(one).catch(() => false))) await playWell('site.yml', asVersion(version));
  await setManagers(1);
}
