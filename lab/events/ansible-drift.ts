import { play, playWell } from '../ansible.ts';
import type { Event, Finding } from '../event.ts';
import { inNode, type LabNode, nodeNumber } from '../nodes.ts';
import type { Stack } from '../stack.ts';
import { changedLines, changesOf, playVersion } from './ansible-runs.ts';

const [one, two, three] = [nodeNumber(1), nodeNumber(2), nodeNumber(3)];

/** Something that somebody changes by hand, and how --check --diff has to name it. */
type Drift = { what: string; where: LabNode; how: string; named: RegExp };

// A node that is drained or down ends tasks of the updates, and the swarm would go back by itself.
const update = 'docker service update --detach --update-failure-action continue';

const drifts: Drift[] = [
  {
    what: 'the log rotation of an engine is gone',
    where: three,
    how: `echo '{ "no-new-privileges": true }' >/etc/docker/daemon.json`,
    named: /rotates its logs\] changed: \[node3\]/,
  },
  {
    what: 'an engine does not trust the registry any more',
    where: three,
    how: 'rm /etc/docker/certs.d/*/ca.crt',
    named: /trusts the private registry\] changed: \[node3\]/,
  },
  {
    what: 'apt may take all of trixie',
    where: two,
    how: 'rm /etc/apt/preferences.d/motorpool',
    named: /nothing but Docker Engine from trixie\] changed: \[node2\]/,
  },
  {
    what: 'apt does not know trixie',
    where: three,
    how: 'sed -i s/trixie/sid/ /etc/apt/sources.list.d/motorpool.sources',
    named: /Apt knows Debian trixie\] changed: \[node3\]/,
  },
  {
    what: 'an engine is stopped',
    where: three,
    how: 'systemctl stop docker.socket docker.service',
    named: /started, now and at boot\] changed: \[node3\]/,
  },
  {
    what: 'an engine does not start at boot',
    where: two,
    how: 'systemctl disable --quiet docker.service',
    named: /started, now and at boot\] changed: \[node2\]/,
  },
  {
    what: 'the registry takes another password',
    where: one,
    how: 'sed -i "s/^motorpool:.*/motorpool:x/" /etc/motorpool/registry/registry.htpasswd',
    named: /certificate, key and password\] changed: \[node1\] => \(item=registry.htpasswd\)/,
  },
  {
    what: "everybody may read the registry's key",
    where: one,
    how: 'chmod 644 /etc/motorpool/registry/registry.key',
    named: /certificate, key and password\] changed: \[node1\] => \(item=registry.key\)/,
  },
  {
    what: "the database's node has lost its label",
    where: one,
    how: 'docker node update --label-rm motorpool.database node1',
    named: /changed: \[node1[^\]]*\] => \(item=its Labels is {}/,
  },
  {
    what: 'a node has a stray label',
    where: one,
    how: 'docker node update --label-add stray=yes node2',
    named: /changed: \[node2[^\]]*\] => \(item=its Labels is {'stray': 'yes'}/,
  },
  {
    what: 'a worker manages the swarm',
    where: one,
    how: 'docker node promote node2',
    named: /changed: \[node2[^\]]*\] => \(item=its Role is manager, and shall be worker/,
  },
  {
    what: 'a node takes no tasks',
    where: one,
    how: 'docker node update --availability drain node3',
    named: /changed: \[node3[^\]]*\] => \(item=its Availability is drain, and shall be active/,
  },
  {
    what: 'a service is scaled',
    where: one,
    how: 'docker service scale --detach motorpool_service2=4',
    named: /~ service2\.replicas: 4, deployed: 2/,
  },
  {
    what: 'a service has another image',
    where: one,
    how: `${update} --image "$(docker service inspect --format "{{.Spec.TaskTemplate.ContainerSpec.Image}}" motorpool_service4)" motorpool_service3`,
    named: /~ service3\.image: \S+service4\S+, deployed: \S+service3/,
  },
  {
    what: 'a config is swapped',
    where: one,
    how: `name=$(docker service inspect --format '{{(index .Spec.TaskTemplate.ContainerSpec.Configs 0).ConfigName}}' motorpool_service4)
      docker config inspect stray_colours || docker config inspect --format '{{printf "%s" .Spec.Data}}' "$name" | docker config create stray_colours -
      ${update} --config-rm "$name" \
        --config-add source=stray_colours,target=/motorpool/service4/colours.json motorpool_service4`,
    named: /~ service4\.\S+: stray_colours, deployed: \S+_colours_/,
  },
  {
    what: 'a service has another setting',
    where: one,
    how: `${update} --env-add LOG_LEVEL=debug motorpool_service1`,
    named: /~ service1\.env\.LOG_LEVEL: debug, deployed: info/,
  },
  {
    what: 'a service may use more memory',
    where: one,
    how: `${update} --limit-memory 900M motorpool_service1`,
    named: /~ service1\.resources\.limits\.memory_bytes: 943718400, deployed: /,
  },
  {
    what: 'a service is updated without a spare task',
    where: one,
    how: `${update} --update-order stop-first motorpool_service2`,
    named: /~ service2\.update_config\.order: stop-first, deployed: start-first/,
  },
  {
    what: 'there is a stray service',
    where: one,
    how: `docker service create --detach --with-registry-auth --name motorpool_stray --label com.docker.stack.namespace=motorpool \
        "$(docker service inspect --format '{{.Spec.TaskTemplate.ContainerSpec.Image}}' motorpool_nginx)" sleep infinity`,
    named: /\+ stray: \S+, not deployed/,
  },
  {
    what: 'the registry is gone',
    where: one,
    how: 'docker rm --force motorpool-registry',
    named: /The registry runs\] changed: \[node1\]/,
  },
];

/** Twenty things that are not as they should be, all at once. */
export function ansibleDriftEvents(stack: Stack): Event[] {
  return [
    {
      name: `${drifts.length} drifts made by hand`,
      group: 'Repairs',
      promise:
        'site.yml --check --diff names each thing that was changed by hand, and site.yml puts all of them right.',
      load: null,
      prepare: async () => void (await playWell('site.yml', await playVersion(stack))),
      happen: () => drift(stack),
    },
  ];
}

async function drift(stack: Stack): Promise<Finding> {
  const version = await playVersion(stack);
  for (const { where, how } of drifts) await inNode(where, `set -e; ${how}`);
  const looked = await play('site.yml', [...version, '--check', '--diff']);
  const problems = looked.code === 0 ? [] : [`--check failed: ${looked.output.slice(-2000)}`];
  // What a command printed stands in one line, as JSON.
  const said = [...changedLines(looked.output), looked.output.replaceAll('\\n', '\n')].join('\n');
  const unnamed = drifts.filter(({ named }) => !named.test(said));
  problems.push(...unnamed.map(({ what }) => `--check --diff does not name that ${what}`));
  const healed = await playWell('site.yml', version);
  const after = await playWell('site.yml', [...version, '--check', '--diff']);
  problems.push(...changesOf(after).map(change => `after the run not all is right: ${change}`));
  return {
    problems,
    figures: {
      drifts: String(drifts.length),
      'named after': `${looked.seconds.toFixed(0)} s`,
      'healed after': `${healed.seconds.toFixed(0)} s`,
    },
  };
}
