import { play, playWell } from '../ansible.ts';
import type { Event, Finding } from '../event.ts';
import { changesSince, changesSinceBare, ensureBareNode, stateOf } from '../host-state.ts';
import { dockerOn, inNode, nodeNumber, nodes, removeNode } from '../nodes.ts';
import { secondsSince } from '../until.ts';
import { asVersion, changesOf } from './ansible-runs.ts';

const group = 'Bare hosts';
const version = asVersion('1.0.0');
const two = nodeNumber(2);
const managers = 3;

/** Something that is wrong with a host, how it is put right, and what the playbook has to say of it. */
type Fault = { what: string; make: string; mend: string; said: RegExp };

// Containers share one clock, so only Python on the host, which the playbook asks, is made to see another.
const pythonStart = '"$(python3 -c "import site; print(site.getsitepackages()[0])")/clock.pth"';
const faults: Fault[] = [
  {
    what: 'a blocked port of the swarm',
    make: 'iptables --insert INPUT --protocol udp --dport 4789 --jump DROP',
    mend: 'iptables --delete INPUT --protocol udp --dport 4789 --jump DROP',
    said: /gets no answer from node2 at port 4789\/udp: open these ports/,
  },
  {
    what: 'a wrong clock',
    make: `echo 'import time; time.time = lambda now=time.time: now() + 120' >${pythonStart}`,
    mend: `rm ${pythonStart}`,
    said: /Its clock differs by 1[12]\d s from the controller's: set it/,
  },
  {
    what: 'too little memory',
    make: 'sed "s/^MemTotal:.*/MemTotal: 524288 kB/" /proc/meminfo >/run/meminfo && mount --bind /run/meminfo /proc/meminfo',
    mend: 'umount /proc/meminfo && rm /run/meminfo',
    said: /It has 512 MB of memory: give it at least 1800 MB/,
  },
  {
    what: 'a name that does not resolve',
    make: 'cp /etc/resolv.conf /run/resolv.conf && echo nameserver 127.0.0.99 >/etc/resolv.conf',
    mend: 'cat /run/resolv.conf >/etc/resolv.conf && rm /run/resolv.conf',
    said: /It cannot resolve \S+: mend its name service/,
  },
  {
    what: 'a taken port 80',
    make: 'systemd-run --quiet --unit=squatter python3 -m http.server 80',
    mend: 'systemctl stop squatter',
    said: /Port 80 is taken: stop what listens there/,
  },
];

/** Where the installation is killed: in the middle of each of these tasks, seconds after it began. */
const kills = [
  { task: 'Docker Engine is installed', seconds: 6 },
  { task: 'The archive is loaded', seconds: 0.7 },
  { task: 'The other nodes are in the swarm', seconds: 0.4 },
  { task: 'The registry has the images of the version', seconds: 8 },
  { task: 'The stack runs its version', seconds: 5 },
];

/** From finished hosts to bare ones and back; nothing can come after these but another deploy. */
export function ansibleBareEvents(): Event[] {
  const event = (name: string, promise: string, happen: () => Promise<Finding>): Event => ({
    ...{ name, group, promise, load: null, happen },
  });
  const onBare = (...parts: Parameters<typeof event>): Event => ({ ...event(...parts), prepare: ensureBare });
  return [
    event(
      'Everything is taken down',
      'teardown.yml leaves every host as it was before site.yml, packages aside.',
      tearDown,
    ),
    onBare(
      'A look at bare hosts',
      'site.yml --check --diff runs through on bare hosts and changes nothing.',
      lookAtBare,
    ),
    onBare(
      'Hosts that are not fit',
      `site.yml says what to do and changes nothing on any host for: ${faults.map(({ what }) => what).join(', ')}.`,
      refuse,
    ),
    onBare(
      'An installation that is killed again and again',
      `site.yml, killed in the middle of ${kills.length} tasks and begun anew each time, gets to the same end: ${managers} managers and a stack.`,
      installInterrupted,
    ),
  ];
}

async function tearDown(): Promise<Finding> {
  const began = performance.now();
  await playWell('teardown.yml', ['--extra-vars', 'confirm=yes']);
  const took = secondsSince(began);
  const left = await Promise.all(nodes.map(changesSinceBare));
  return { problems: left.flat(), figures: { 'teardown.yml took': took } };
}

async function lookAtBare(): Promise<Finding> {
  const before = await states();
  const { code, output, seconds } = await play('site.yml', [...version, '--check', '--diff']);
  const problems = code === 0 ? await allChanges(before) : [`it failed: ${output.slice(-2000)}`];
  if (!output.includes('These packages are missing: docker.io'))
    problems.push('it does not say that Docker Engine is missing');
  return { problems, figures: { took: `${seconds.toFixed(0)} s` } };
}

async function refuse(): Promise<Finding> {
  const before = await states();
  const problems: string[] = [];
  for (const { what, make, mend, said } of faults) {
    await inNode(two, make);
    const played = await play('site.yml', version).finally(() => inNode(two, mend));
    if (played.code === 0) problems.push(`it goes on with ${what}`);
    const sentences = sentencesOf(played.output);
    if (!sentences.some(sentence => said.test(sentence)))
      problems.push(`it does not say what to do about ${what}`);
    const others = sentences.filter(sentence => !said.test(sentence));
    if (others.length > 0) problems.push(`for ${what} it also says: ${others.join(' ')}`);
    problems.push(...changesOf(played).map(change => `it changes something in spite of ${what}: ${change}`));
  }
  return {
    problems: [...problems, ...(await allChanges(before))],
    figures: { faults: String(faults.length) },
  };
}

/** What a run said that a host lacks. */
function sentencesOf(output: string): string[] {
  const messages = output.matchAll(/"msg": "(.*) Nothing was changed on any host\."/g);
  return [...messages].flatMap(([, message = '']) => message.split(/(?<=\.) /));
}

async function installInterrupted(): Promise<Finding> {
  const began = performance.now();
  const problems: string[] = [];
  for (const kill of kills) {
    const { code, output } = await play('site.yml', version, { kill, managers });
    if (code !== 137) problems.push(`not killed in "${kill.task}", but it ended: ${output.slice(-1500)}`);
  }
  const { seconds } = await playWell('site.yml', version, { managers });
  const took = secondsSince(began);
  problems.push(...changesOf(await playWell('site.yml', version, { managers })));
  const roles = await dockerOn(two, ['node', 'ls', '--format', '{{.ManagerStatus}}']);
  if (!/^(Leader|Reachable)(\n(Leader|Reachable)){2}$/.test(roles))
    problems.push(`the nodes are ${roles}, not managers`);
  for (const { name, address } of nodes) {
    const answer = await fetch(address && `http://${address}/`, { headers: { Accept: 'text/plain' } });
    if (!/ drives an? /.test(await answer.text())) problems.push(`${name} does not draw`);
  }
  return { problems, figures: { 'the last run took': `${seconds.toFixed(0)} s`, 'all of them': took } };
}

/** Hosts without even the packages of an engine. */
async function ensureBare(): Promise<void> {
  for (const node of nodes) {
    if ((await inNode(node, 'command -v dockerd; true')) !== '') await removeNode(node);
    await ensureBareNode(node);
  }
}

function states(): Promise<string[][]> {
  return Promise.all(nodes.map(stateOf));
}

async function allChanges(before: string[][]): Promise<string[]> {
  const changes = await Promise.all(nodes.map((node, index) => changesSince(node, before[index] ?? [])));
  return changes.flat();
}
