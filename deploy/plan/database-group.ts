import { setTimeout as pause } from 'node:timers/promises';
import type { StackFile } from '../publish/stack-file.ts';
import { DeployError } from '../report.ts';
import { giveWord } from '../run/run-sql.ts';
import { docker } from '../swarm/docker.ts';
import { engine } from '../swarm/engine.ts';
import { type Node, readTasks, type Service } from '../swarm/swarm.ts';
import { nameOf, nodeRunning, planDatabaseNode } from './database-node.ts';
import { databaseLabel } from './live.ts';
import type { Preparation } from './plan.ts';

/** Where the database is: the names of a group's nodes (none: it is one server), and what has to be done for it. */
export type Database = {
  members: string[];
  /** The node whose people a new group has; null where there is no new one. */
  founder: Node | null;
  preparations: Preparation[];
};

const asMember = `${databaseLabel}=member`;

/** The placement constraint of a group. */
export const groupNodes = `node.labels.${databaseLabel} == member`;

/**
 * Where nodes are labelled as members, three or five with the one that had the database before, they have it as a
 * group; else it is on one node (see planDatabaseNode). `deployed`: the ids of the nodes of before, with commas; null at
 * first. Throws a DeployError where that would leave the people behind, or be a group that cannot spare one of its nodes.
 */
export async function planDatabase(
  nodes: Node[],
  deployed: string | null,
  database?: Service,
): Promise<Database> {
  const labelled = nodes.filter(({ Spec }) => Spec.Labels[databaseLabel] === 'member');
  const ids = deployed?.split(',') ?? [];
  if (labelled.length === 0 && ids.length < 2)
    return { members: [], founder: null, preparations: await planDatabaseNode(nodes, deployed, database) };
  const before = nodes.filter(({ ID }) => ids.includes(ID));
  const group = ids.length === 1 ? [...new Set([...before, ...labelled])] : labelled;
  if (group.length < 3 || group.length % 2 === 0) throw refused(group, before);
  const having = ids.length > 0 ? ids : [await nodeRunning(database)];
  const founder = group.find(({ ID }) => having.includes(ID));
  if (!founder) throw refused(group, before);
  const lines = namesOf(group) === namesOf(before) ? [] : [changeOf(group, before)];
  return {
    members: group.map(nameOf).sort(),
    founder: ids.length > 1 ? null : founder,
    preparations: [{ lines }],
  };
}

/** What lets a new group begin with the people of its founder, whose single server goes before. */
export function planFounding(
  stack: string,
  file: StackFile,
  { founder }: Database,
  database?: Service,
): Preparation[] {
  if (!founder) return [];
  return [
    {
      lines: [`+ the group begins with the people on ${nameOf(founder)}`],
      async carryOut() {
        await giveWord(stack, file, founder.ID);
        if (database?.Spec.Mode.Replicated) await takeAway(database);
        await docker(['node', 'update', '--label-add', asMember, founder.ID]);
      },
    },
  ];
}

// A service cannot change its mode, and two servers cannot have one volume.
async function takeAway(service: Service): Promise<void> {
  await docker(['service', 'scale', '--detach', `${service.Spec.Name}=0`]);
  const isRunning = ({ Status }: { Status: { State: string } }) => Status.State === 'running';
  while ((await readTasks([service])).some(isRunning)) await pause(300);
  await engine.remove(`/services/${service.ID}`);
}

function changeOf(group: Node[], before: Node[]): string {
  return `~ the database: on ${namesOf(group)}, deployed: ${namesOf(before) || 'none'}`;
}

function refused(group: Node[], before: Node[]): DeployError {
  return new DeployError(
    `The database's group would be ${namesOf(group) || 'nobody'}${before.length > 0 ? `, and the people are on ${namesOf(before)}` : ''}: ` +
      `it needs three nodes or five, and one that has the people; \`docker node update --label-add ${asMember} NODE\`.`,
  );
}

function namesOf(nodes: Node[]): string {
  return nodes.map(nameOf).sort().join(', ');
}
