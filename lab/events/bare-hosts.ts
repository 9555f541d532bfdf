import { existsSync } from 'node:fs';
import { play, playWell } from '../ansible.ts';
import { credentialsFolder } from '../credentials.ts';
import type { Event, Finding } from '../event.ts';
import { changesSince, changesSinceBare, stateOf } from '../host-state.ts';
import { inNode, nodeNumber, nodes } from '../nodes.ts';
import { secondsSince } from '../until.ts';
import { ensureBare } from './shared/ensure.ts';
import { asVersion } from './shared/playbooks.ts';

const version = asVersion('1.0.0');
const two = nodeNumber(2);

/** Hosts before there is a stack on them, and after. */
export default function bareHostEvents(): Event[] {
  return [
    {
      name: 'A look at bare hosts',
      group: 'Bare hosts',
      promise: 'site.yml --check --diff runs through on bare hosts and changes nothing.',
      load: null,
      prepare: ensureBare,
      happen: lookAtBare,
    },
    {
      name: 'Hosts that are not fit',
      group: 'Bare hosts',
      promise: `site.yml says what to do about each and changes nothing on any host: ${Object.keys(faults).join(', ')}.`,
      load: null,
      prepare: ensureBare,
      happen: refuse,
    },
    {
      name: 'Everything is taken down',
      group: 'Teardown',
      promise: 'teardown.yml, when it is meant, leaves every host as it was before site.yml, packages aside.',
      load: null,
      happen: tearDown,
    },
  ];
}

/** Something that is wrong with node2, how it is put right, and what the playbook has to say of it. */
type Fault = { make: string; mend: string; said: RegExp };

// Containers share one clock and processor, so only Python on the host, which the playbook asks, is made to see another.
const pythonStart = '"$(python3 -c "import site; print(site.getsitepackages()[0])")"';
// biome-ignore format: a table, of which each row is read as one
const faults: Record<string, Fault> = {
  'a blocked port of the swarm': {
    make: 'iptables --insert INPUT --protocol udp --dport 4789 --jump DROP',
    mend: 'iptables --delete INPUT --protocol udp --dport 4789 --jump DROP',
    said: /gets no answer from node2 at port 4789\/udp: open these ports/ },
  'a wrong clock': {
    make: `echo 'import time; time.time = lambda now=time.time: now() + 120' >${pythonStart}/clock.pth`, mend: `rm ${pythonStart}/clock.pth`,
    said: /Its clock differs by 1[12]\d s from the controller's: set it/ },
  'too little memory': {
    make: 'sed "s/^MemTotal:.*/MemTotal: 524288 kB/" /proc/meminfo >/run/meminfo && mount --bind /run/meminfo /proc/meminfo',
    mend: 'umount /proc/meminfo && rm /run/meminfo', said: /It has 512 MB of memory: give it at least 1800 MB/ },
  'a name that does not resolve': {
    make: 'cp /etc/resolv.conf /run/resolv.conf && echo nameserver 127.0.0.99 >/etc/resolv.conf',
    mend: 'cat /run/resolv.conf >/etc/resolv.conf && rm /run/resolv.conf',
    said: /It cannot resolve \S+: mend its name service/ },
  'another processor': {
    make: `echo 'import platform; platform.machine = lambda: "riscv64"' >${pythonStart}/processor.pth`,
    mend: `rm ${pythonStart}/processor.pth`, said: /Its processor is riscv64, and the images are built for that of this machine/ },
  "a network where the swarm's would be": {
    make: 'ip route add 10.77.5.0/24 dev eth0', mend: 'ip route delete 10.77.5.0/24',
    said: /It has a network of its own at 10\.77\.5\.0\/24, where the swarm would have its: choose other swarm_networks/ },
  'a taken port 80': {
    make: 'systemd-run --quiet --unit=squatter python3 -m http.server 80', mend: 'systemctl stop squatter',
    said: /Port 80 is taken: stop what listens there/ },
};

async function lookAtBare(): Promise<Finding> {
  const began = performance.now();
  const problems = await changesBy(async () => {
    const { code, output } = await play('site.yml', [...version, '--check', '--diff']);
    if (code !== 0) return [`it failed: ${output.slice(-2000)}`];
    const saysSo = output.includes('These packages are missing: docker.io');
    return saysSo ? [] : ['it does not say that Docker Engine is missing'];
  });
  return { problems, figures: { took: secondsSince(began) } };
}

async function refuse(): Promise<Finding> {
  const mendAll = async () => {
    // What cannot be mended is a change.
    for (const { mend } of Object.values(faults)) await inNode(two, mend).catch(() => {});
  };
  const problems = await changesBy(async () => {
    for (const { make } of Object.values(faults)) await inNode(two, make);
    const { code, output } = await play('site.yml', version);
    return [...(code === 0 ? ['it goes on in spite of all'] : []), ...wronglySaid(output)];
  }, mendAll);
  return { problems, figures: { faults: String(Object.keys(faults).length) } };
}

/** What a run does not say about the faults in the message with which it stops, and what else it says there. */
function wronglySaid(output: string): string[] {
  const messages = output.matchAll(/"msg": "(.*) Nothing was changed on any host\."/g);
  const sentences = [...messages].flatMap(([, message = '']) => message.split(/(?<=\.) /));
  const unsaid = Object.entries(faults).filter(([, { said }]) => !sentences.some(text => said.test(text)));
  const strange = sentences.filter(text => !Object.values(faults).some(({ said }) => said.test(text)));
  return [
    ...unsaid.map(([fault]) => `it does not say what to do about ${fault}`),
    ...strange.map(text => `it also says: ${text}`),
  ];
}

/** What is wrong with something that should change nothing on the nodes and on the controller. */
async function changesBy(work: () => Promise<string[]>, undo = async () => {}): Promise<string[]> {
  const before = await Promise.all(nodes.map(stateOf));
  const hadCredentials = existsSync(credentialsFolder);
  const problems = await work().finally(undo);
  const changes = await Promise.all(nodes.map((node, index) => changesSince(node, before[index] ?? [])));
  if (existsSync(credentialsFolder) !== hadCredentials) problems.push('the controller has a key now');
  return [...problems, ...changes.flat()];
}

async function tearDown(): Promise<Finding> {
  const unmeant = await play('teardown.yml');
  const { seconds } = await playWell('teardown.yml', ['--extra-vars', 'confirm=yes']);
  const problems = (await Promise.all(nodes.map(changesSinceBare))).flat();
  if (unmeant.code === 0) problems.push('it also does it where nobody says -e confirm=yes');
  if (existsSync(credentialsFolder)) problems.push('the controller still has the key and the password');
  return { problems, figures: { 'teardown.yml took': `${seconds.toFixed(0)} s` } };
}
