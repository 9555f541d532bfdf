import { nodes } from '../nodes.ts';
import { openPorts } from '../open-ports.ts';
import type { RunningTask, Stack } from '../stack.ts';
import { inside, taskOf } from './inside.ts';

// SSH, NGINX, and the swarm's own: its managers, and its gossip. The first node has the registry.
const mayAnswer = [22, 80, 2377, 7946];
const registryPort = 5000;
const mustAnswer = [22, 80];

/** The ports of all nodes that answer another host of their network and should not, or do not and should. */
export async function foreignPorts(): Promise<string[]> {
  const problems: string[] = [];
  for (const { name, address } of nodes) {
    const open = await openPorts(address);
    const missing = mustAnswer.filter(port => !open.includes(port));
    const expected = name === 'node1' ? [...mayAnswer, registryPort] : mayAnswer;
    const foreign = open.filter(port => !expected.includes(port));
    problems.push(
      ...missing.map(port => `${name} does not answer at port ${port}, so nothing is proven`),
      ...foreign.map(port => `${name} answers at port ${port}`),
    );
  }
  return problems;
}

/** The ways between containers, and out of them, that are open and should not be, or the other way round. */
export async function crossings(stack: Stack): Promise<string[]> {
  const names = ['nginx', 'service1', 'service2', 'service3', 'service4', 'db'] as const;
  const task = Object.fromEntries(
    await Promise.all(names.map(async name => [name, await taskOf(stack, name)] as const)),
  ) as Record<(typeof names)[number], RunningTask>;
  const addresses = (await inside(task.db, 'hostname -i')).split(/\s+/).filter(Boolean);
  if (addresses.length === 0) return ["the database's address is unknown, so nothing is proven"];
  const host = nodes[0]?.address ?? '';
  const problems: string[] = [];

  // Each can try, and is refused only what is forbidden.
  const open: [keyof typeof task, string, number][] = [
    ['nginx', 'service1', 5000],
    ['service1', 'db', 3306],
    ['service2', 'service3', 5002],
    ['service3', 'service4', 5003],
    ['service4', 'service2', 5001],
    ['db', '127.0.0.1', 3306],
  ];
  for (const [name, to, port] of open) {
    if (!(await reaches(task[name], to, port)))
      problems.push(`${name} does not reach ${to}:${port}, so nothing is proven`);
  }
  for (const name of ['nginx', 'service2', 'service3', 'service4'] as const) {
    for (const address of ['db', ...addresses])
      if (await reaches(task[name], address, 3306)) problems.push(`${name} reaches MySQL at ${address}`);
  }
  for (const name of ['service2', 'service3', 'service4', 'db'] as const) {
    if (await reaches(task[name], host, 22)) problems.push(`${name} reaches a host outside`);
  }
  return problems;
}

/**
 * Whether the service itself answers there. A gateway on the way out may accept any connection, and even answer HTTP:
 * so MySQL and SSH, which speak first, are only listened to.
 */
async function reaches(task: RunningTask, host: string, port: number): Promise<boolean> {
  const speaksFirst = port === 3306 || port === 22;
  const ask = speaksFirst ? '' : 'printf "GET / HTTP/1.0\\r\\n\\r\\n" >&3 &&';
  const line = `exec 3<>/dev/tcp/${host}/${port} && ${ask} read -rN1 -t2 <&3 && echo yes`;
  return (await inside(task, `timeout 3 bash -c '${line}'`)) === 'yes';
}
