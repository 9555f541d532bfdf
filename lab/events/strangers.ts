import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { connect } from 'node:net';
import { nodes } from '../nodes.ts';
import { registryAddress } from '../registry.ts';

/** What somebody gets from the registry, the managers and the engines who should get nothing. */
export async function takesStrangers(): Promise<string[]> {
  return [...(await registryTakes()), ...(await managerTakes()), ...(await enginesTake())];
}

async function registryTakes(): Promise<string[]> {
  const problems: string[] = [];
  const wrong = `Basic ${Buffer.from('motorpool:wrong').toString('base64')}`;
  for (const path of ['/v2/', '/v2/_catalog', '/v2/motorpool/service1/tags/list']) {
    for (const authorization of [undefined, wrong]) {
      const status = await askRegistry(path, authorization);
      if (status !== 401)
        problems.push(`the registry answers ${status} to ${path} with ${authorization ?? 'no password'}`);
    }
  }
  return problems;
}

function askRegistry(path: string, authorization: string | undefined): Promise<number> {
  const headers = authorization ? { authorization } : {};
  return new Promise((resolve, reject) => {
    // Whose certificate it is does not matter to a stranger.
    request(`https://${registryAddress}${path}`, { headers, rejectUnauthorized: false }, answer => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .once('error', reject)
      .end();
  });
}

/** Asks the manager for the nodes of the swarm as a node does, but with no certificate: gRPC's 7 is "permission denied". */
function managerTakes(): Promise<string[]> {
  const permissionDenied = '7';
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`https://${nodes[0]?.address}:2377`, { rejectUnauthorized: false });
    session.once('error', reject);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/docker.swarmkit.v1.Control/ListNodes',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let status = '';
    const note = (headers: Record<string, unknown>) => {
      status = String(headers['grpc-status'] ?? status);
    };
    stream.on('response', note).on('trailers', note).once('error', reject);
    stream.once('close', () => {
      session.close();
      resolve(
        status === permissionDenied ? [] : [`the manager answers a stranger with gRPC status ${status}`],
      );
    });
    stream.resume().end(Buffer.alloc(5)); // an empty message
  });
}

async function enginesTake(): Promise<string[]> {
  const open = nodes.flatMap(({ name, address }) =>
    [2375, 2376].map(async port => ((await opens(address, port)) ? [`${name} answers at port ${port}`] : [])),
  );
  return (await Promise.all(open)).flat();
}

function opens(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false));
  });
}
