import { join } from 'node:path';
import { play, playWell } from '../ansible.ts';
import type { Event, Finding } from '../event.ts';
import { inNode, type LabNode, nodeNumber } from '../nodes.ts';
import { run } from '../run.ts';
import type { Stack } from '../stack.ts';
import { changedLines, playVersion } from './shared/playbooks.ts';

const [one, two, three] = [nodeNumber(1), nodeNumber(2), nodeNumber(3)];

/**
 * Something that somebody changes by hand on a node, how --check --diff has to name it, and a line of bash that only
 * succeeds there when it is right.
 */
type Drift = { where: LabNode; how: string; named: RegExp; isRight: string };

// A node that is drained or down ends tasks of the updates, and the swarm would go back by itself.
const update = 'docker service update --detach --update-failure-action continue';

const says = (kind: string, name: string, path: string, text: string) =>
  `[ "$(docker ${kind} inspect --format '{{${path}}}' ${name})" = '${text}' ]`;
const container = '.Spec.TaskTemplate.ContainerSpec';

// biome-ignore format: a table, of which each row is read as one
const drifts: Record<string, Drift> = {
  'the log rotation of an engine is gone': { where: three,
    how: `echo '{ "no-new-privileges": true }' >/etc/docker/daemon.json`,
    named: /rotates its logs\] changed: \[node3\]/,
    isRight: `id=$(docker create "$(docker image ls --quiet | head -n 1)" true)
      settings=$(docker inspect --format '{{.HostConfig.LogConfig}}' "$id"); docker rm "$id"; [[ $settings == *max-size* ]]` },
  'an engine does not trust the registry any more': { where: three, how: 'rm /etc/docker/certs.d/*/ca.crt',
    named: /trusts the private registry\] changed: \[node3\]/,
    isRight: `docker pull "$(basename /etc/docker/certs.d/*)/motorpool/service1:none" 2>&1 | grep -E 'no basic auth|unauthorized|denied'` },
  'apt may take all of trixie': { where: two, how: 'rm /etc/apt/preferences.d/motorpool',
    named: /nothing but Docker Engine from trixie\] changed: \[node2\]/,
    isRight: "apt-cache policy | grep -E '^ *-10 .* trixie/main'" },
  'apt does not know trixie': { where: three, how: 'sed -i s/trixie/sid/ /etc/apt/sources.list.d/motorpool.sources',
    named: /Apt knows Debian trixie\] changed: \[node3\]/,
    isRight: 'grep "^Suites: trixie$" /etc/apt/sources.list.d/motorpool.sources' },
  'an engine is stopped': { where: three, how: 'systemctl stop docker.socket docker.service',
    named: /started, now and at boot\] changed: \[node3\]/, isRight: 'docker version' },
  'an engine does not start at boot': { where: two, how: 'systemctl disable --quiet docker.service',
    named: /started, now and at boot\] changed: \[node2\]/, isRight: 'systemctl is-enabled docker.service' },
  'the registry takes another password': { where: one,
    how: 'sed -i "s/^motorpool:.*/motorpool:x/" /etc/motorpool/registry/registry.htpasswd',
    named: /certificate, key and password\] changed: \[node1\] => \(item=registry.htpasswd\)/,
    isRight: 'grep "^motorpool:.2y." /etc/motorpool/registry/registry.htpasswd' },
  "everybody may read the registry's key": { where: one, how: 'chmod 644 /etc/motorpool/registry/registry.key',
    named: /certificate, key and password\] changed: \[node1\] => \(item=registry.key\)/,
    isRight: '[ "$(stat --format %a /etc/motorpool/registry/registry.key)" = 600 ]' },
  "the database's node has lost its label": { where: one, how: 'docker node update --label-rm motorpool.database node1',
    named: /changed: \[node1[^\]]*\] => \(item=its Labels is {}/,
    isRight: says('node', 'node1', 'index .Spec.Labels "motorpool.database"', 'true') },
  'a node has a stray label': { where: one, how: 'docker node update --label-add motorpool.stray=yes --label-add their=own node2',
    named: /changed: \[node2[^\]]*\] => \(item=its Labels is {.*'motorpool.stray': 'yes'/,
    isRight: says('node', 'node2', '.Spec.Labels', 'map[their:own]') },
  'a worker manages the swarm': { where: one, how: 'docker node promote node2',
    named: /changed: \[node2[^\]]*\] => \(item=its Role is manager, and shall be worker/,
    isRight: says('node', 'node2', '.Spec.Role', 'worker') },
  'a service is scaled': { where: one, how: 'docker service scale --detach motorpool_service2=4',
    named: /~ service2\.replicas: 4, deployed: 2/,
    isRight: says('service', 'motorpool_service2', '.Spec.Mode.Replicated.Replicas', '2') },
  'a service has another image': { where: one,
    how: `${update} --image "$(docker service inspect --format '{{${container}.Image}}' motorpool_service4)" motorpool_service3`,
    named: /~ service3\.image: \S+service4\S+, deployed: \S+service3/,
    isRight: `docker service inspect --format '{{${container}.Image}}' motorpool_service3 | grep /service3:` },
  'a config is swapped': { where: one,
    how: `name=$(docker service inspect --format '{{(index ${container}.Configs 0).ConfigName}}' motorpool_service4)
      docker config inspect stray_colours || docker config inspect --format '{{printf "%s" .Spec.Data}}' "$name" | docker config create stray_colours -
      ${update} --config-rm "$name" --config-add source=stray_colours,target=/motorpool/service4/colours.json motorpool_service4`,
    named: /~ service4\.\S+: stray_colours, deployed: \S+_colours_/,
    isRight: `docker service inspect --format '{{(index ${container}.Configs 0).ConfigName}}' motorpool_service4 | grep motorpool_colours_` },
  'a service has another setting': { where: one, how: `${update} --env-add LOG_LEVEL=debug motorpool_service1`,
    named: /~ service1\.env\.LOG_LEVEL: debug, deployed: info/,
    isRight: `docker service inspect --format '{{${container}.Env}}' motorpool_service1 | grep LOG_LEVEL=info` },
  'a service may use more memory': { where: one, how: `${update} --limit-memory 900M motorpool_service1`,
    named: /~ service1\.resources\.limits\.memory_bytes: 943718400, deployed: /,
    isRight: says('service', 'motorpool_service1', '.Spec.TaskTemplate.Resources.Limits.MemoryBytes', `${256 * 2 ** 20}`) },
  'a service is updated without a spare task': { where: one, how: `${update} --update-order stop-first motorpool_service2`,
    named: /~ service2\.update_config\.order: stop-first, deployed: start-first/,
    isRight: says('service', 'motorpool_service2', '.Spec.UpdateConfig.Order', 'start-first') },
  'there is a stray service': { where: one,
    how: `docker service create --detach --with-registry-auth --name motorpool_stray --label com.docker.stack.namespace=motorpool \
        "$(docker service inspect --format '{{${container}.Image}}' motorpool_nginx)" sleep infinity`,
    named: /\+ stray: \S+, not deployed/, isRight: '[ -z "$(docker service ls --quiet --filter name=motorpool_stray)" ]' },
  'the registry is gone': { where: one, how: 'docker rm --force motorpool-registry',
    named: /The registry runs\] changed: \[node1\]/,
    isRight: says('container', 'motorpool-registry', '.State.Running', 'true') },
};

/** Things that are not as they should be, all at once. */
export default function driftEvents(stack: Stack): Event[] {
  return [
    {
      name: `${Object.keys(drifts).length} drifts made by hand`,
      group: 'Repairs',
      promise:
        'site.yml --check --diff names each thing that was changed by hand, and site.yml puts all of them right, also with the Ansible of Debian 13.',
      load: null,
      prepare: () => ensureRight(stack),
      happen: () => drift(stack),
      restore: () => ensureRight(stack),
    },
  ];
}

async function drift(stack: Stack): Promise<Finding> {
  const newer = await run('bash', ['lab/rootfs.sh', 'ansible'], { showMessages: true });
  const version = await playVersion(stack);
  for (const { where, how } of Object.values(drifts)) await inNode(where, `set -e; ${how}`);
  const wrong = await whatIsWrong();
  const looked = await play('site.yml', [...version, '--check', '--diff']);
  // What a command printed stands in one line, as JSON.
  const said = [...changedLines(looked.output), looked.output.replaceAll('\\n', '\n')].join('\n');
  const healed = await playWell('site.yml', version, { command: join(newer, 'ansible-playbook') });
  await stack.settled();
  const stillWrong = await whatIsWrong();
  const release = /ansible-playbook \[core ([\d.]+)/.exec(healed.output)?.[1];
  const problems = Object.entries(drifts).flatMap(([what, { named }]) => [
    ...(wrong.includes(what) ? [] : [`nobody could see that ${what}, so nothing is proven`]),
    ...(named.test(said) ? [] : [`--check --diff does not name that ${what}`]),
    ...(stillWrong.includes(what) ? [`after the run it is still so that ${what}`] : []),
  ]);
  if (looked.code !== 0) problems.push(`--check failed: ${looked.output.slice(-2000)}`);
  if (!release?.startsWith('2.19.')) problems.push(`Debian 13 has Ansible 2.19, but it was ${release}`);
  return {
    problems,
    figures: {
      'named after': `${looked.seconds.toFixed(0)} s`,
      'healed after': `${healed.seconds.toFixed(0)} s`,
      'healed by': `Ansible ${release}`,
    },
  };
}

/** Which of the things are not right now, whatever a playbook says. */
async function whatIsWrong(): Promise<string[]> {
  const states = Object.entries(drifts).map(async ([what, { where, isRight }]) =>
    inNode(where, `set -e; ${isRight}`).then(
      () => [],
      () => [what],
    ),
  );
  return (await Promise.all(states)).flat();
}

async function ensureRight(stack: Stack): Promise<void> {
  if ((await whatIsWrong()).length > 0) await playWell('site.yml', await playVersion(stack));
}
