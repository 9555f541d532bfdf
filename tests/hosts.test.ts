import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { playHere } from './support/ansible.ts';
import { describeWith } from './support/missing.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** What a host that is not bare differs in from a fit one, and the one sentence that is said of it; null: none. */
type Case = { engine?: object; swarm?: object; look?: object; facts?: object; said: RegExp | null };

const settings = { 'no-new-privileges': true, 'log-driver': 'json-file', 'log-opts': { 'max-size': '10m' } };
const engine = {
  ...{
    version: '26.1.5',
    answers: true,
    is_foreign: true,
    is_stuck: false,
    is_docker_service: true,
    is_live: false,
  },
  ...{ settings, log_driver: 'json-file', mortal_containers: [], has_old_settings: false },
};
const swarm = { is_member: false, was_member: false, state: 'inactive', error: '', locks: false };
const look = {
  ...{
    is_known: true,
    clock_difference: 0,
    missing_features: [],
    unresolved: [],
    overlapping: [],
    mirror: '',
  },
  ...{ taken_ports: [], published_ports: [] },
};
const facts = {
  ...{ distribution: 'Debian', distribution_release: 'trixie', distribution_version: '13' },
  ...{ memtotal_mb: 2000, default_ipv4: { address: '192.0.2.1', mtu: 1500 } },
  architecture: spawnSync('uname', ['-m']).stdout.toString().trim().replace('arm64', 'aarch64'),
};
const bareOfSettings = { settings: {} }; // so that the engine has to be started anew

// biome-ignore format: a table, of which each row is read as one
const cases: Record<string, Case> = {
  'an engine of 25 with our settings': { engine: { version: '25.0.6' }, said: null },
  'an engine of 29 without settings': { engine: { version: '29.4.1', ...bareOfSettings }, said: null },
  'an engine that is too old': { engine: { version: '24.0.7' }, said: /has Docker Engine 24\.0\.7, and the stack needs one of 25 to 29/ },
  'an engine that is too new': { engine: { version: '30.0.0' }, said: /has Docker Engine 30\.0\.0, and the stack needs one of 25 to 29/ },
  'no engine': { engine: { version: '', answers: false, ...bareOfSettings }, said: null },
  'an engine in a snap': { engine: { is_docker_service: false }, said: /not the docker\.service of systemd/ },
  'settings that are no JSON': { engine: { settings: null }, said: /daemon\.json is no JSON object/ },
  'live-restore by a flag': { engine: { is_live: true }, said: /has live-restore on/ },
  'live-restore in the file': { engine: { settings: { ...settings, 'live-restore': true } }, said: /has live-restore on/ },
  'no iptables': { engine: { settings: { ...settings, iptables: false } }, said: /says \{"iptables": false\}, which/ },
  'new privileges': { engine: { settings: { ...settings, 'no-new-privileges': false } }, said: /says \{"no-new-privileges": false\}, which/ },
  'settings of its own that do not hurt': { engine: { settings: { 'log-driver': 'journald', 'no-new-privileges': true, mtu: 1400 }, mortal_containers: ['x'] }, said: null },
  'containers that would not come back': { engine: { ...bareOfSettings, mortal_containers: ['x', 'y'] }, said: /would not start x and y again/ },
  'containers that nobody stops': { engine: { mortal_containers: ['x'] }, said: null },
  'a swarm of somebody else': { swarm: { is_member: true }, look: { is_known: false }, said: /in a swarm that somebody else has made/ },
  'a swarm that locks itself': { engine: bareOfSettings, swarm: { is_member: true, locks: true }, said: /would find its swarm locked/ },
  'a locked swarm': { swarm: { is_member: true, state: 'locked' }, said: /is locked: `docker swarm unlock` it/ },
  'an expired swarm': { swarm: { is_member: true, state: 'error', error: 'certificate has expired.' }, said: /certificate has expired/ },
  'another processor': { facts: { architecture: 'riscv64' }, said: /processor is riscv64/ },
  'another system': { facts: { distribution_release: 'focal', distribution: 'Ubuntu', distribution_version: '20.04' }, said: /runs Ubuntu 20\.04/ },
  'Ubuntu 26.04': { facts: { distribution_release: 'resolute' }, said: null },
  'somebody at the port of HTTPS': { look: { taken_ports: ['22/tcp', '80/tcp', '443/tcp'], published_ports: ['80/tcp'] }, said: /Port 443 is taken: stop what listens there/ },
  'our own NGINX at both ports': { look: { taken_ports: ['443/tcp', '80/tcp'], published_ports: ['80/tcp', '443/tcp'] }, said: null },
};

describeWith(['ansible-playbook'], 'hosts that are not bare', () => {
  let said = new Map<string, string>();
  beforeAll(() => {
    said = judge();
  });

  test.each(Object.keys(cases))('site.yml says what stands in the way, and nothing else: %s', name => {
    const expected = cases[name]?.said ?? null;
    const [sentence = '', ...others] = said.get(name)?.split(/(?<=\.) /) ?? [];
    if (expected === null) expect(sentence).toBe('');
    else expect(sentence).toMatch(expected);
    expect(others).toEqual(expected === null ? [] : ['Nothing was changed on any host.']);
  });

  test.each([
    ['has published', 'publish=80', "['80/tcp']"],
    ['publishes while one looks', 'status=created', "['80/tcp', '443/tcp']"],
  ])('only what the service of NGINX %s is its own', (_what, asked, ports) => {
    const { path } = temporaryFolder('ports');
    const tasks = 'ps --all --quiet --filter label=com.docker.swarm.service.name=s_nginx --filter';
    // Who starts has its ports as soon as it was asked for.
    const docker = `case "$*" in "${tasks} ${asked}") touch "$0.asked"; echo 1 ;; "${tasks} publish="*)
      [ ${asked} = status=created ] && [ -e "$0.asked" ] && echo 1 ;; esac`;
    writeFileSync(join(path, 'docker'), `#!/bin/sh\n${docker}`, { mode: 0o755 });
    const env = { ...process.env, PATH: `${path}:${process.env.PATH}`, PYTHONDONTWRITEBYTECODE: '1' };
    const program = 'import look; print(look.published_ports("s_nginx", [80, 443]))';
    const { stdout } = spawnSync('python3', ['-c', program], { cwd: 'ansible/files', env, encoding: 'utf8' });
    expect(stdout).toBe(`${ports}\n`);
  });
});

function variables(one: Case, index: number) {
  const of = { engine: { ...engine, ...one.engine }, swarm: { ...swarm, ...one.swarm } };
  const given = { ...facts, ...one.facts };
  const node = { swarm_address: `192.0.2.${index}`, tried_ports: { stdout: '[]' } };
  return { given, look: { ...look, ...one.look, ...of }, ...node };
}

/** What preflight.yml says of each host, by the task that judges them. */
function judge(): Map<string, string> {
  const tasks = parse(readFileSync('ansible/tasks/preflight.yml', 'utf8'));
  const verdict = tasks.find(({ name }: { name: string }) => name === 'The host is fit for the swarm');
  Object.assign(verdict.vars, { system: '{{ given }}', mtus: [] });
  const names = Object.keys(cases);
  const hosts = Object.fromEntries(
    Object.values(cases).map((one, index) => [`host${index}`, variables(one, index)]),
  );
  const output = playHere({
    plays: [{ hosts: 'all', tasks: [verdict] }],
    groups: { answering: hosts, registry: hosts, nodes: hosts },
    args: ['--extra-vars', '@ansible/group_vars/all.yml', '--extra-vars', 'certificate=c.pem'],
  });
  const found = [...output.matchAll(/^(?:ok|fatal): \[host(\d+)\](?:: FAILED! => .*"msg": "(.*)"\})?$/gm)];
  if (found.length < names.length) throw new Error(`The hosts were not judged: ${output}`);
  return new Map(
    found.map(([, index, message = '']) => [names[Number(index)] ?? '', JSON.parse(`"${message}"`)]),
  );
}
