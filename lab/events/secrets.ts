import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { logFolder, logsWritten } from '../ansible.ts';
import { credentialsFolder, registryPassword } from '../credentials.ts';
import type { Event, Finding } from '../event.ts';
import { dockerOn, inNode, nodeNumber, nodes } from '../nodes.ts';
import { foundInImage, registryUser, services } from '../release.ts';
import type { Stack } from '../stack.ts';
import { good } from './shared/ensure.ts';
import { everyService, inside, taskOf } from './shared/inside.ts';

/** What nobody may read. */
export default function secretEvents(stack: Stack): Event[] {
  return [
    {
      name: 'No password is to be seen',
      group: 'Hardening',
      promise:
        "Neither the database's passwords nor the registry's are in an environment, argument, image layer, log or `docker inspect`.",
      load: null,
      async happen() {
        const secrets = await allSecrets(stack);
        const found = leaks(secrets, await placesOfStack(stack));
        return { ...found, problems: [...found.problems, ...(await leaksInImages(secrets))] };
      },
    },
    {
      name: 'No secret is in what Ansible says',
      group: 'Ansible',
      promise:
        "Neither passwords nor keys nor the swarm's join tokens are in the output of any run at -vv, nor in the hosts' logs.",
      load: null,
      async happen() {
        const outputs = await readdir(logFolder);
        const found = leaks(await allSecrets(stack), await placesOfAnsible(outputs));
        const problems = logsWritten.filter(name => !outputs.includes(name)).map(name => `${name} is gone`);
        if (outputs.length === 0) problems.push('there are no outputs to search, so nothing is proven');
        return {
          problems: [...found.problems, ...problems],
          figures: { ...found.figures, outputs: `${outputs.length}, ${logsWritten.length} of this run` },
        };
      },
    },
  ];
}

type Secret = { name: string; text: string };

/** By its name what stands in a place, and what surely does if it can be read at all. */
type Places = Record<string, { text: string; sure: string }>;

/** The secrets that stand in places, and the places that cannot be read. */
export function leaks(secrets: Secret[], places: Places): Finding {
  const problems = Object.entries(places).flatMap(([place, { text, sure }]) => [
    ...(text.includes(sure) ? [] : [`${place} cannot be read, so nothing is proven`]),
    ...secrets.filter(secret => text.includes(secret.text)).map(({ name }) => `${name} is in ${place}`),
  ]);
  const counts = { secrets: `${secrets.length}`, places: `${Object.keys(places).length}` };
  return { problems, figures: counts };
}

async function leaksInImages(secrets: Secret[]): Promise<string[]> {
  // Who finds a line of a file that is in every image of a service would find a password too.
  const [, surelyThere = ''] = (await readFile('service/healthy.sh', 'utf8')).split('\n');
  const problems: string[] = [];
  for (const service of services) {
    const image = `motorpool/${service}:${good}`;
    const found = await foundInImage(image, [surelyThere, ...secrets.map(({ text }) => text)]);
    if (!found.has(surelyThere)) problems.push(`the layers of ${image} cannot be searched`);
    problems.push(
      ...secrets.filter(({ text }) => found.has(text)).map(({ name }) => `${name} is in ${image}`),
    );
  }
  return problems;
}

/** Throws where one is so short that it was not read. */
async function allSecrets(stack: Stack): Promise<Secret[]> {
  const kept = (name: string) => readFile(join(credentialsFolder, name), 'utf8');
  const given = async (service: string, name: string) =>
    inside(await taskOf(stack, service), `cat /run/secrets/${name}`);
  const token = (role: string) => stack.docker(['swarm', 'join-token', '--quiet', role]);
  const password = await registryPassword();
  const secrets = Object.entries({
    "the registry's password": password,
    "the registry's password in base64": Buffer.from(`${registryUser}:${password}`).toString('base64'),
    "the hash of the registry's password": (await kept('registry.htpasswd')).split(':')[1]?.trim(),
    "the registry's key": (await kept('registry.key')).split('\n')[1],
    "the workers' token": await token('worker'),
    "the managers' token": await token('manager'),
    "the database's password": await given('service1', 'db_password'),
    "the database's first password": await given('db', 'db_first_password'),
  }).map(([name, text = '']) => ({ name, text }));
  const unread = secrets.find(({ text }) => text.length < 20);
  if (unread) throw new Error(`${unread.name} cannot be read, so nothing is proven.`);
  return secrets;
}

async function placesOfAnsible(outputs: string[]): Promise<Places> {
  const places: Places = {};
  for (const name of outputs)
    places[name] = { text: await readFile(join(logFolder, name), 'utf8'), sure: 'PLAY [' };
  for (const node of nodes)
    places[`the log of ${node.name}`] = { text: await inNode(node, 'journalctl'), sure: 'dockerd' };
  return places;
}

const environmentsAndArguments = `tr "\\0" "\\n" </proc/1/environ && for p in /proc/[0-9]*; do
  tr "\\0" "\\n" <$p/environ; tr "\\0" "\\n" <$p/cmdline; done 2>/dev/null; true # some end meanwhile`;
// Also of the tasks that are gone; `docker service logs` would wait for ever for those of a node that was away.
const logsOfAll = `for id in $(docker ps --all --quiet --filter label=com.docker.stack.namespace=motorpool); do
  docker logs "$id" 2>&1; done`;

/** What `docker inspect` and the processes of services say, and the logs of everything. */
export async function placesOfStack(stack: Stack, names: readonly string[] = everyService): Promise<Places> {
  const places: Places = {};
  for (const name of names) {
    const text = await stack.docker(['service', 'inspect', `motorpool_${name}`]);
    places[`service ${name}`] = { text, sure: name };
    for (const task of await stack.running(name)) {
      const { node, container, instance } = task;
      const inspected = await dockerOn(node, ['inspect', container]);
      const processes = await inside(task, environmentsAndArguments);
      places[`inspect of ${name} ${instance}`] = { text: inspected, sure: container };
      places[`processes of ${name} ${instance}`] = { text: processes, sure: 'PATH=' };
    }
  }
  for (const node of nodes)
    places[`the stack's logs on ${node.name}`] = { text: await inNode(node, logsOfAll), sure: 'requestId' };
  const line = 'docker inspect motorpool-registry; docker logs motorpool-registry 2>&1';
  places['the registry'] = { text: await inNode(nodeNumber(1), line), sure: 'REGISTRY_AUTH=htpasswd' };
  return places;
}
