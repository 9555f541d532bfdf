import { connect, type OutgoingHttpHeaders } from 'node:http2';
import type { Event } from '../event.ts';
import { nodeNumber } from '../nodes.ts';
import { registryAddress, registryUser } from '../release.ts';
import { lookAt } from './shared/inside.ts';

/** Who may not. That no engine listens is shown by 'Only NGINX can be reached'. */
export default function strangerEvents(): Event[] {
  return [
    lookAt(
      'Ansible',
      'A stranger is refused',
      'The registry and the managers give nothing to those without a password, certificate or token.',
      async () => [...(await registryTakes()), ...(await managerTakes())],
    ),
  ];
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
