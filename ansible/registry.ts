import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker } from './docker.ts';

/** The private registry, as this machine reaches it until it is closed. */
export type Registry = {
  /** Its address on this machine, HOST:PORT. */
  local: string;
  /** Whether it has the image NAME:TAG. */
  has(image: string): Promise<boolean>;
  /** Pushes an image of this machine's engine under its own name, or under `name`; gives its digest. */
  push(image: string, name?: string): Promise<string>;
  close(): Promise<void>;
};

/** Where the registry is, and how to get there. */
export type Place = {
  /** HOST:PORT, as the nodes know it. */
  address: string;
  /** The host that it runs on, as ssh://user@host:port. */
  ssh: string;
  /** More arguments for ssh, apart by spaces. */
  sshArgs: string;
  /** The folder with what make-credentials.sh made. */
  credentials: string;
};

/**
 * Opens the registry over SSH: so this machine needs neither a way through the firewall nor, since an engine trusts
 * 127.0.0.1, a setting of its engine. Throws with what ssh says if there is no way.
 */
export async function openRegistry(place: Place = placeOfEnvironment()): Promise<Registry> {
  const port = await freePort();
  const tunnel = await openTunnel(place, port);
  const certificate = await readFile(join(place.credentials, 'registry.crt'));
  const { auths } = JSON.parse(await readFile(join(place.credentials, 'docker/config.json'), 'utf8'));
  const { auth } = auths[place.address];
  const config = await mkdtemp(join(tmpdir(), 'motorpool-docker-'));
  const local = `127.0.0.1:${port}`;
  await writeFile(join(config, 'config.json'), JSON.stringify({ auths: { [local]: { auth } } }), {
    mode: 0o600,
  });

  return {
    local,
    async has(image) {
      const [name, tag] = image.split(':');
      const path = `/v2/${name}/manifests/${tag}`;
      const status = await ask({ port, path, ca: certificate, auth });
      if (status !== 200 && status !== 404) throw new Error(`The registry answered ${status} to ${path}.`);
      return status === 200;
    },
    async push(image, name = image) {
      const remote = `${local}/${name}`;
      await docker(['tag', image, remote]);
      try {
        await docker(['--config', config, 'push', '--quiet', remote]);
        const digests = await docker(['image', 'inspect', '--format', '{{join .RepoDigests "\\n"}}', remote]);
        const repository = remote.slice(0, remote.lastIndexOf(':'));
        return (
          digests
            .split('\n')
            .find(one => one.startsWith(`${repository}@`))
            ?.split('@')[1] ?? ''
        );
      } finally {
        await docker(['rmi', '--no-prune', remote]);
      }
    },
    async close() {
      tunnel.close();
      await rm(config, { recursive: true });
    },
  };
}

function placeOfEnvironment(): Place {
  const {
    MOTORPOOL_REGISTRY: address,
    MOTORPOOL_REGISTRY_SSH: ssh,
    MOTORPOOL_SSH_ARGS: sshArgs = '',
  } = process.env;
  const { DOCKER_CONFIG: docker } = process.env;
  if (!address || !ssh || !docker)
    throw new Error('Set MOTORPOOL_REGISTRY, MOTORPOOL_REGISTRY_SSH and DOCKER_CONFIG, as site.yml does.');
  return { address, ssh, sshArgs, credentials: join(docker, '..') };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

async function openTunnel({ address, ssh, sshArgs }: Place, port: number): Promise<{ close(): void }> {
  const { username, hostname, port: sshPort } = new URL(ssh);
  const remotePort = address.slice(address.lastIndexOf(':') + 1);
  const child = spawn('ssh', [
    ...['-T', '-o', 'BatchMode=yes', '-o', 'ExitOnForwardFailure=yes'],
    ...['-L', `127.0.0.1:${port}:127.0.0.1:${remotePort}`],
    ...[...(username ? ['-l', username] : []), ...(sshPort ? ['-p', sshPort] : [])],
    ...sshArgs.split(/\s+/).filter(Boolean),
    // Says that the tunnel stands, and ends when nobody holds its other end any more.
    ...['--', hostname, 'echo open; exec cat'],
  ]);
  let messages = '';
  child.stderr.setEncoding('utf8').on('data', text => {
    messages += text;
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('error', reject);
    child.once('close', code =>
      reject(
        new Error(`There is no tunnel to ${ssh}, for ssh says: ${messages.trim() || `exit code ${code}`}`),
      ),
    );
  });
  return { close: () => child.kill() };
}

type Question = { port: number; path: string; ca: Buffer; auth: string };

function ask({ port, path, ca, auth }: Question): Promise<number> {
  const headers = {
    Authorization: `Basic ${auth}`,
    Accept: [
      'application/vnd.docker.distribution.manifest.v2+json',
      'application/vnd.oci.image.manifest.v1+json',
      'application/vnd.oci.image.index.v1+json',
      'application/vnd.docker.distribution.manifest.list.v2+json',
    ].join(', '),
  };
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, ca, headers, method: 'HEAD' }, answer => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .once('error', reject)
      .end();
  });
}
