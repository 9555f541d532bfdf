import { play, playWell } from '../ansible.ts';
import type { Event, Finding } from '../event.ts';
import { ensureBareNode } from '../host-state.ts';
import { dockerOn, inNode, nodeNumber, nodes, removeNode } from '../nodes.ts';
import { docker, run } from '../run.ts';
import { secondsSince } from '../until.ts';
import { ensureBare } from './shared/ensure.ts';
import { changesOf, unsaid } from './shared/playbooks.ts';

const [one, two, three] = [nodeNumber(1), nodeNumber(2), nodeNumber(3)];

/** What its owner has written into the daemon.json of node2, once it forbids no swarm. */
const theirs = { 'log-opts': { 'max-size': '50m' }, labels: ['whose=theirs'], 'live-restore': false };

// As docker run has it by itself, it has no restart policy.
const sleeper = 'docker run --detach --stop-signal SIGKILL';
const ubuntu = `printf '%s\\n' 'NAME="Ubuntu"' ID=ubuntu ID_LIKE=debian 'VERSION_ID="24.04"' VERSION_CODENAME=noble >/etc/os-release`;

/** A host that its owner has set up already. */
export default function foreignEngineEvents(): Event[] {
  return [
    {
      name: "A host with its owner's engine",
      group: 'Bare hosts',
      promise:
        'hosts.yml says what stands in its way, takes the engine and the daemon.json that are there, on what calls itself Ubuntu, and changes nothing more; teardown.yml takes only what came with the stack, and containers run afterwards.',
      load: null,
      prepare: ensureOwned,
      happen: adopt,
      restore: ensureOthers,
    },
  ];
}

/** node2 has an engine that no package knows, in a newer version than the others get, and two containers. */
async function ensureOwned(): Promise<void> {
  await ensureBare();
  const engine = await run('bash', ['lab/rootfs.sh', 'engine'], { showMessages: true });
  await docker(['cp', `${engine}/.`, `${two.container}:/`]);
  await own({ ...theirs, 'live-restore': true });
  await inNode(
    two,
    `set -e; groupadd --system docker; systemctl daemon-reload; systemctl enable --quiet --now docker.service
    libraries=$(ldd /bin/sleep | grep --only-matching '/lib[^ ]*')
    tar --create --dereference --absolute-names /bin/sleep $libraries | docker import - theirs
    ${sleeper} --name stays --restart unless-stopped theirs sleep infinity
    ${sleeper} --name goes theirs sleep infinity`,
  );
  const newer = '#!/bin/sh\necho Docker version 30.0.1, build 0\n';
  await inNode(three, 'install /dev/stdin /usr/local/bin/dockerd', newer);
  for (const node of [two, three]) await inNode(node, ubuntu);
}

/** Other hosts, in the place of these. */
async function ensureOthers(): Promise<void> {
  for (const node of nodes) await removeNode(node);
  await ensureBareNode(...nodes);
}

async function own(settings: object): Promise<void> {
  await inNode(two, 'install -D /dev/stdin /etc/docker/daemon.json', JSON.stringify(settings));
}

async function adopt(): Promise<Finding> {
  const began = performance.now();
  const before = await engineOf();
  const refused = await play('hosts.yml');
  const stopped = [
    ...unsaid(refused.output, [
      /has live-restore on, with which there is no swarm/,
      /not start goes again/,
      /\[node3\].*has Docker Engine 30\.0\.1, and the stack needs one of 25 to 29/,
    ]),
    ...((await engineOf()) === before ? [] : ['the engine was changed by a run that refuses it']),
  ];
  await own(theirs);
  await inNode(two, 'systemctl reload docker && docker rm --force goes');
  await inNode(three, 'rm /usr/local/bin/dockerd');
  const old = await play('hosts.yml');
  const tooOld = /\[node3\].*Apt would install Docker Engine 20\.\S+, and the stack needs/;
  stopped.push(...unsaid(old.output, [tooOld]));

  const hosts = [one, two];
  await playWell('hosts.yml', [], { hosts });
  const ours = { 'no-new-privileges': true, 'log-driver': 'json-file' };
  const taken = await differences({ ...theirs, ...ours }, before);
  const format = '{{.Hostname}} {{.Status}} {{.EngineVersion}}';
  const members = await dockerOn(one, ['node', 'ls', '--format', format]);
  if (!/^node2 Ready 2[89]/m.test(members)) taken.push(`the nodes are: ${members}`);
  const again = changesOf(await playWell('hosts.yml', [], { hosts }));

  await playWell('teardown.yml', ['--extra-vars', 'confirm=yes'], { hosts });
  const left = await differences(theirs, before);
  const files = '/etc/motorpool /etc/docker/certs.d /var/lib/docker/swarm/docker-state.json';
  const strange = await inNode(
    two,
    `ls -d ${files} 2>/dev/null; docker network ls --quiet --filter driver=overlay; true`,
  );
  if (strange !== '') left.push(`of the stack is left: ${strange}`);
  const named = (when: string, problems: string[]) => problems.map(problem => `${when}: ${problem}`);
  return {
    problems: [
      ...named('before', stopped),
      ...named('in the swarm', taken),
      ...named('the second run', again),
      ...named('after teardown.yml', left),
    ],
    figures: { took: secondsSince(began) },
  };
}

/** What there is of Docker on node2: which packages, which engine, and which of its owner's containers run. */
function engineOf(): Promise<string> {
  return inNode(
    two,
    `dpkg-query --show 'docker*' containerd runc 2>/dev/null; md5sum $(command -v dockerd)
    systemctl is-active docker; docker ps --format '{{.Names}}' --filter ancestor=theirs | sort`,
  );
}

/** What of node2 is not as it was, with these settings. */
async function differences(settings: object, before: string): Promise<string[]> {
  const now = await engineOf();
  const written = await inNode(two, 'cat /etc/docker/daemon.json');
  const sorted = (value: object) => JSON.stringify(Object.entries(value).sort());
  return [
    ...(now === before.replace(/^goes\n/m, '') ? [] : [`the engine was ${before}, and is ${now}`]),
    ...(sorted(JSON.parse(written)) === sorted(settings) ? [] : [`daemon.json says ${written}`]),
  ];
}
