import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { labFolder } from './credentials.ts';
import { ensureNodes, inNode, type LabNode } from './nodes.ts';

// What packages bring, keep and make is left out: their own files, their databases, the groups and links of their
// installation. Everything else that a host has, and what it listens on, runs, mounts and lets through, is compared.
const script = `
cat /var/lib/dpkg/info/*.list | sort --unique >/tmp/owned
{
  find /etc /opt /root /srv /home /usr/local /var/lib /var/tmp -xdev \\( -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/lib/systemd \
    -o -path /root/.ansible -o -path '/etc/rc?.d' -o -path /etc/alternatives -o -path /var/lib/python -o -path /var/lib/pam \\) -prune -o -print |
    grep --invert-match --line-regexp --fixed-strings --file=/tmp/owned |
    grep --invert-match --extended-regexp '^/etc/(group|gshadow|passwd|shadow|subuid|subgid)-?$|^/etc/ld.so.cache$|^/etc/\\.pwd\\.lock$' |
    sed 's/^/exists: /'
  find /etc -xdev -type f ! -name '*group*' ! -name '*gshadow*' ! -name ld.so.cache ! -path '/etc/rc?.d/*' -print0 |
    xargs --null md5sum | while read -r sum file; do
      grep --quiet --line-regexp --fixed-strings "$file" /tmp/owned || echo "content: $file $sum"; done
  ip -brief link | sed 's/@.*//; s/ .*//; s/^/link: /'
  ip -4 route | sed 's/^/route: /'
  for command in iptables ip6tables; do
    $command-save | grep '^[:-]' | grep --invert-match '^:[A-Z]* ACCEPT' | sed "s/ \\[.*//; s/^/$command: /"; done
  echo "ip_forward: $(</proc/sys/net/ipv4/ip_forward)"
  ss --listening --tcp --udp --numeric --no-header | awk '$5 ~ /:(22|80|2377|4789|5000|7946)$/ { print "listens: " $1, $5 }'
  systemctl list-units --type=service,socket --state=active --plain --no-legend | awk '{ print "runs: " $1 }'
  systemctl list-unit-files --state=enabled --no-legend | awk '{ print "enabled: " $1 }'
  awk '{ print "mounted: " $2 }' /proc/mounts
} | grep --invert-match --extended-regexp 'runs: (user|session|systemd-)|ssh@|run/user|run/credentials' | sort --unique
rm /tmp/owned`;

/** What a host is like, a line for each thing, packages aside. */
export async function stateOf(node: LabNode): Promise<string[]> {
  return (await inNode(node, script)).split('\n');
}

/** Creates the nodes, or starts those that exist. A new one is bare: what it is like is written down. */
export async function ensureBareNode(...nodes: LabNode[]): Promise<void> {
  const created = await ensureNodes(nodes);
  await Promise.all(
    created.map(async node => writeFile(memoryOf(node), JSON.stringify(await stateOf(node)))),
  );
}

/** What a host has now and had not when it was bare (`+`), and the other way round (`-`). */
export async function changesSinceBare(node: LabNode): Promise<string[]> {
  return changesSince(node, JSON.parse(await readFile(memoryOf(node), 'utf8')));
}

/** The same since another state of the host. */
export async function changesSince(node: LabNode, before: string[]): Promise<string[]> {
  const now = await stateOf(node);
  return [
    ...now.filter(line => !before.includes(line)).map(line => `${node.name}: + ${line}`),
    ...before.filter(line => !now.includes(line)).map(line => `${node.name}: - ${line}`),
  ];
}

function memoryOf({ name }: LabNode): string {
  return join(labFolder, `${name}.bare.json`);
}
