import { inNode, type LabNode, labAddress, labName } from './nodes.ts';
import { docker } from './run.ts';

// Whom the hosts see as a stranger: a container of its own in the lab's network.
const stranger = labAddress(99);

/** The ports of a host that a stranger in the lab's network reaches, like `80/tcp`. */
export async function openPorts(node: LabNode): Promise<string[]> {
  const tcp = await asStranger('node', '--eval', `(${scanTcp})('${node.address}')`);
  return [...tcp.split('\n').map(port => `${port}/tcp`), ...(await openUdpPorts(node))];
}

/**
 * A socket need not answer what it gets, so the host itself is asked: which sockets are bound on other than loopback, and
 * which of the packets that are sent to these come through all filters. The `nat` table counts them, as the last on the
 * way to a socket or on to a container.
 */
async function openUdpPorts(node: LabNode): Promise<string[]> {
  const bound = await inNode(node, "ss --udp --listening --numeric --no-header | awk '{ print $4 }'");
  const open = bound.split('\n').filter(address => address && !/^(127\.|\[::1\])/.test(address));
  const ports = [...new Set(open.map(address => /\d+$/.exec(address)?.[0]))].join(' ');
  const countPackets = (action: string) => {
    const rule = `--source ${stranger} --protocol udp --match conntrack --ctorigdstport $port`;
    const each = `for chain in INPUT POSTROUTING; do for port in ${ports}; do`;
    return inNode(node, `${each} iptables --table nat ${action} $chain ${rule}; done; done`);
  };
  await countPackets('--insert');
  try {
    await asStranger('bash', '-c', `for port in ${ports}; do echo >/dev/udp/${node.address}/$port; done`);
    const counted = await inNode(node, 'iptables --table nat --list --verbose --numeric --exact');
    const reached = new RegExp(`^ *[1-9].* ${stranger} .* ctorigdstport (\\d+)`, 'gm');
    return [...counted.matchAll(reached)].map(([, port]) => `${port}/udp`);
  } finally {
    await countPackets('--delete');
  }
}

async function asStranger(...command: string[]): Promise<string> {
  const container = ['run', '--rm', '--network', labName, '--ip', stranger, 'node:24-slim', 'timeout', '240'];
  return docker([...container, ...command]);
}

/** Tries all 65,535 ports, 400 at a time, and prints those that are open. Needs nothing beside its own text. */
function scanTcp(host: string): void {
  const { connect } = process.getBuiltinModule('node:net');
  let next = 1;
  function scanNext(): void {
    if (next > 65_535) return;
    const port = next++;
    const socket = connect({ host, port, timeout: 1000 });
    socket.on('connect', () => console.log(port) ?? socket.destroy());
    socket.on('timeout', () => socket.destroy());
    socket.on('error', () => {}); // it is closed
    socket.on('close', scanNext);
  }
  for (let socket = 0; socket < 400; socket += 1) scanNext();
}
