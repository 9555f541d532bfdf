import { connect, type OutgoingHttpHeaders } from 'node:http2';
import type { Event } from '../event.ts';
import { nodeNumber, nodes } from '../nodes.ts';
import { openPorts } from '../open-ports.ts';
import { registryAddress, registryUser } from '../release.ts';
import type { RunningTask, Stack } from '../stack.ts';
import { everyService, inside, lookAt, taskOf } from './shared/inside.ts';

/** Who reaches whom, and who may not. */
export default function networkEvents(stack: Stack): Event[] {
  return [
    lookAt(
      'Hardening',
      'Only NGINX can be reached',
      'On every node no other port than those of NGINX, SSH and the swarm itself is open to another host of its network.',
      strangePorts,
    ),
    lookAt(
      'Hardening',
      'The networks are apart',
      'NGINX and services 2 to 4 cannot reach MySQL, and services 2 to 4 and MySQL reach nobody outside.',
      () => crossings(stack),
    ),
    lookAt(
      'Ansible',
      'A stranger is refused',
      'The registry and the managers give nothing to those without a password, certificate or token.',
      async () => [...(await registryTakes()), ...(await managerTakes())],
    ),
  ];
}

// SSH, NGINX, the registry on the first node; the swarm's managers, its gossip, and its networks' packets.
const must = ['22/tcp', '80/tcp', '7946/udp'];
const may = [...must, '2377/tcp', '7946/tcp', '4789/udp'];

async function strangePorts(): Promise<string[]> {
  const problems: string[] = [];
  for (const node of nodes) {
    const open = await openPorts(node);
    const expected = node.name === 'node1' ? [...may, '5000/tcp'] : may;
    const strange = open.filter(port => !expected.includes(port));
    const closed = must.filter(port => !open.includes(port));
    problems.push(...strange.map(port => `${node.name} is open at ${port}`));
    problems.push(...closed.map(port => `${node.name} is not open at ${port}, so nothing is proven`));
  }
  return problems;
}

/** The ways between containers, and out of them, that are open and should not be, or the other way round. */
async function crossings(stack: Stack): Promise<string[]> {
  const addresses = (await inside(await taskOf(stack, 'db'), 'hostname -i')).split(/\s+/).filter(Boolean);
  if (addresses.length === 0) return ["the database's address is unknown, so nothing is proven"];
  const mysql = ['db', ...addresses].map(address => `${address}:3306`);
  const outside = `${nodeNumber(1).address}:22`;
  // Each can try, and is refused only what is forbidden.
  const ways: Record<(typeof everyService)[number], { open: string; closed: string[] }> = {
    anchor: { open: 'db:3306', closed: [outside] },
    nginx: { open: 'service1:5000', closed: mysql },
    service1: { open: 'db:3306', closed: [] },
    service2: { open: 'service3:5002', closed: [...mysql, outside] },
    service3: { open: 'service4:5003', closed: [...mysql, outside] },
    service4: { open: 'service2:5001', closed: [...mysql, outside] },
    db: { open: '127.0.0.1:3306', closed: [outside] },
  };
  const problems: string[] = [];
  for (const name of everyService) {
    const { open, closed } = ways[name];
    const task = await taskOf(stack, name);
    if (!(await reaches(task, open))) problems.push(`${name} does not reach ${open}, so nothing is proven`);
    for (const way of closed) if (await reaches(task, way)) problems.push(`${name} reaches ${way}`);
  }
  return problems;
}

/**
 * Whether the service itself answers there. A gateway on the way out may accept any connection, and even answer HTTP:
 * so MySQL and SSH, which speak first, are only listened to.
 */
async function reaches(task: RunningTask, way: string): Promise<boolean> {
  const [host, port = ''] = way.split(':');
  const speaksFirst = port === '3306' || port === '22';
  const ask = speaksFirst ? '' : 'printf "GET / HTTP/1.0\\r\\n\\r\\n" >&3 &&';
  const line = `exec 3<>/dev/tcp/${host}/${port} && ${ask} read -rN1 -t2 <&3 && echo yes`;
  return (await inside(task, `timeout 3 bash -c '${line}'`)) === 'yes';
}

async function registryTakes(): Promise<string[]> {
  const problems: string[] = [];
  const wrong = `Basic ${Buffer.from(`${registryUser}:wrong`).toString('base64')}`;
  for (const path of ['/v2/', '/v2/_catalog', '/v2/motorpool/service1/tags/list'])
    for (const authorization of [{}, { authorization: wrong }]) {
      const said = await ask(`https://${registryAddress}`, { ':path': path, ...authorization });
      if (said[':status'] !== 401)
        problems.push(`the registry answers ${said[':status']} to ${path} ${JSON.stringify(authorization)}`);
    }
  return problems;
}

/** Asks the manager for the nodes of the swarm as a node does, but with no certificate: gRPC's 7 is "permission denied". */
async function managerTakes(): Promise<string[]> {
  const call = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
  const path = '/docker.swarmkit.v1.Control/ListNodes';
  const said = await ask(`https://${nodeNumber(1).address}:2377`, { ...call, ':path': path });
  return said['grpc-status'] === '7' ? [] : [`the manager answers a stranger ${JSON.stringify(said)}`];
}

/** The headers and trailers of an answer to an empty message; whose certificate it is does not matter to a stranger. */
function ask(origin: string, headers: OutgoingHttpHeaders): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const said = {};
    const note = (more: object) => Object.assign(said, more);
    const session = connect(origin, { rejectUnauthorized: false }).once('error', reject);
    const stream = session.request(headers).on('response', note).on('trailers', note).once('error', reject);
    stream.once('close', () => {
      session.close();
      resolve(said);
    });
    stream.resume().end(headers[':method'] === 'POST' ? Buffer.alloc(5) : undefined);
  });
}
