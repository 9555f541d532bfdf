import { DeployError } from '../report.ts';
import { docker } from '../swarm/docker.ts';
import { engine } from '../swarm/engine.ts';
import { type Node, readTasks, type Service } from '../swarm/swarm.ts';
import { databaseLabel } from './live.ts';
import type { Preparation } from './plan.ts';

type Info = { Swarm: { NodeID: string } };

/** The placement constraint of the database: it stays on the node that has its volume. */
export const databaseNode = `node.labels.${databaseLabel} == true`;

/**
 * What has to be done so that there is one such node: the one that the release before left (`deployed`, an id); at
 * first the one where the `database` runs, and else this manager. Where somebody labelled one other node instead, that
 * is believed. Throws a DeployError if several are labelled and no release tells which one it is, or if that node is gone.
 */
export async function planDatabaseNode(
  nodes: Node[],
  deployed: string | null,
  database?: Service,
): Promise<Preparation[]> {
  const labelled = nodes.filter(({ Spec }) => Spec.Labels[databaseLabel] === 'true');
  const before = nodes.find(({ ID }) => ID === deployed);
  if (deployed !== null && !before && labelled.length === 0) throw gone();
  if (!before) return labelled.length === 0 ? planFirst(nodes, database) : refuseSeveral(labelled);
  if (labelled.length === 1 && !labelled.includes(before))
    return [
      { lines: [`~ the label ${databaseLabel}: on ${labelled.map(nameOf)}, deployed: ${nameOf(before)}`] },
    ];
  const back = give(before, `- ${nameOf(before)}.labels.${databaseLabel}: none, deployed: true`);
  return [
    ...(labelled.includes(before) ? [] : [back]),
    ...labelled.filter(node => node !== before).map(take),
  ];
}

// As after a plain `docker stack deploy` in a swarm with several managers.
async function planFirst(nodes: Node[], database?: Service): Promise<Preparation[]> {
  const first = await nodeRunning(database);
  return nodes
    .filter(({ ID }) => ID === first)
    .map(node => give(node, `+ the label ${databaseLabel} on ${nameOf(node)}: the database stays there`));
}

/** The id of the node where the database runs; of this manager where it does not. */
export async function nodeRunning(database?: Service): Promise<string> {
  const tasks = database ? await readTasks([database]) : [];
  const running = tasks.find(({ Status }) => Status.State === 'running')?.NodeID;
  return running ?? (await engine.get<Info>('/info')).Swarm.NodeID;
}

function gone(): DeployError {
  return new DeployError(
    `The node that had the database's volume is not in the swarm any more. Label the one that has it now, or that shall start without people: \`docker node update --label-add ${databaseLabel}=true NODE\`.`,
  );
}

function refuseSeveral(labelled: Node[]): Preparation[] {
  if (labelled.length === 1) return [];
  const names = labelled.map(nameOf).join(' and ');
  throw new DeployError(
    `Both ${names} carry the label ${databaseLabel}; only the node with the people's volume may. Remove it from the other: \`docker node update --label-rm ${databaseLabel} NODE\`.`,
  );
}

function give({ ID }: Node, line: string): Preparation {
  return {
    lines: [line],
    carryOut: () => docker(['node', 'update', '--label-add', `${databaseLabel}=true`, ID]),
  };
}

function take(node: Node): Preparation {
  return {
    lines: [`+ ${nameOf(node)}.labels.${databaseLabel}: true, not deployed`],
    carryOut: () => docker(['node', 'update', '--label-rm', databaseLabel, node.ID]),
  };
}

/** A node's name. */
export function nameOf({ Description }: Node): string {
  return Description.Hostname;
}
