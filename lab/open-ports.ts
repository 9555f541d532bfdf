import { join } from 'node:path';
import { docker } from './engine.ts';
import { labName } from './network.ts';

const script = join(import.meta.dirname, 'scan-ports.ts');
const patienceSeconds = '240';

/** The TCP ports of a host that accept a connection from another host of the lab's network, a container of its own. */
export async function openPorts(host: string): Promise<number[]> {
  const scanner = ['run', '--rm', '--label', labName, '--network', labName];
  const scan = ['timeout', patienceSeconds, 'node', '/scan-ports.mts', host];
  const mount = `type=bind,readonly,src=${script},dst=/scan-ports.mts`;
  return JSON.parse(await docker([...scanner, '--mount', mount, 'node:24-slim', ...scan]));
}
