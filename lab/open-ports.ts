import { inNode, type LabNode, labAddress, labName } from './nodes.ts';
import { docker } from './run.ts';

// Whom the hosts see as a stranger: a container of its own in the lab's network.
const stranger = labAddress(99);

/** The TCP ports of a host, by its address, that accept a connection from a stranger in the lab's network. */
export async function openPorts(host: string): Promise<number[]> {
  return asStranger(scanTcp, host);
}

/**
 * The UDP ports of a host that a stranger in the lab's network reaches. A socket need not answer what it gets, so the
 * host itself is asked: which sockets are bound on other than loopback, and which of the packets that are sent to these
 * come through all filters. The `nat` table counts them, as the last on the way to a socket or on to a container.
 */
export async function openUdpPorts(node: LabNode): Promise<number[]> {
  const bound = await inNode(node, "ss --udp --listening --numeric --no-header | awk '{ print $4 }'");
  const open = bound.split('\n').filter(address => address && !/^(127\.|\[::1\])/.test(address));
  const ports = [...new Set(open.map(address => Number(/\d+$/.exec(address)?.[0])))];
  const countPackets = (action: string) => {
    const rule = `--source ${stranger} --protocol udp --match conntrack --ctorigdstport $port`;
    const each = `for chain in INPUT POSTROUTING; do for port in ${ports.join(' ')}; do`;
    return inNode(node, `${each} iptables --table nat ${action} $chain ${rule}; done; done`);
  };
  await countPackets('--insert');
  try {
    await asStranger(sendUdp, node.address, ...ports);
    const counted = await inNode(node, 'iptables --table nat --list --verbose --numeric --exact');
    const reached = new RegExp(`^ *[1-9].* ${stranger} .* ctorigdstport (\\d+)`, 'gm');
    return [...counted.matchAll(reached)].map(([, port]) => Number(port)).sort((one, other) => one - other);
  } finally {
    await countPackets('--delete');
  }
}

// Runs a function, whose text must need nothing beside itself, in a stranger's Node.js, and gives what it gives.
async function asStranger<Argument>(
  ask: (...args: Argument[]) => Promise<number[]>,
  ...args: Argument[]
): Promise<number[]> {
  const script = `(${ask})(...${JSON.stringify(args)}).then(ports => console.log(JSON.stringify(ports)))`;
  const container = ['run', '--rm', '--network', labName, '--ip', stranger, 'node:24-slim'];
  return JSON.parse(await docker([...container, 'timeout', '240', 'node', '--eval', script]));
}

/** Tries all 65,535 ports, 400 at a time. */
async function scanTcp(host: string): Promise<number[]> {
  const { connect } = await import('node:net');
  const { EventEmitter } = await import('node:events');
  const open: number[] = [];
  let next = 1;
  async function scan(): Promise<void> {
    while (next <= 65_535) {
      const port = next++;
      const socket = connect({ host, port, signal: AbortSignal.timeout(1000) });
      await EventEmitter.once(socket, 'connect').then(
        () => open.push(port),
        () => {},
      );
      socket.destroy();
    }
  }
  await Promise.all(Array.from({ length: 400 }, scan));
  return open.sort((one, other) => one - other);
}

/** Sends each port a packet. */
async function sendUdp(host: number | string, ...ports: (number | string)[]): Promise<number[]> {
  const { createSocket } = await import('node:dgram');
  const socket = createSocket('udp4');
  for (const port of ports) await new Promise(sent => socket.send('?', Number(port), String(host), sent));
  socket.close();
  return [];
}
