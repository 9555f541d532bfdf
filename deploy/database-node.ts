import { docker } from './docker.ts';
import { engine } from './engine.ts';
import type { Preparation } from './plan.ts';
import { DeployError } from './report.ts';
import { readNodes } from './swarm.ts';

const label = 'motorpool.database';

type Info = { Swarm: { NodeID: string } };

/** The placement constraint of the database: it stays on the node that has its volume. */
export const databaseNode = `node.labels.${label} == true`;

/**
 * What has to be done so that there is one such node: nothing if one is labelled, else this manager is, now and for
 * ever. Throws a DeployError if there are several.
 */
export async function planDatabaseNode(): Promise<Preparation[]> {
  const nodes = await readNodes();
  const labelled = nodes.filter(({ Spec }) => Spec.Labels[label] === 'true');
  if (labelled.length === 1) return [];
  if (labelled.length > 1) {
    const names = labelled.map(({ Description }) => Description.Hostname).join(' and ');
    throw new DeployError(
      `Both ${names} carry the label ${label}; only the node with the people's volume may.`,
    );
  }
  const { NodeID: manager } = (await engine.get<Info>('/info')).Swarm;
  const name = nodes.find(({ ID }) => ID === manager)?.Description.Hostname ?? manager;
  return [
    {
      line: `+ the label ${label} on ${name}: the database stays there`,
      carryOut: () => docker(['node', 'update', '--label-add', `${label}=true`, manager]),
    },
  ];
}
