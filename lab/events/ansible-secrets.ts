import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { logFolder } from '../ansible.ts';
import { credentialsFolder, registryPassword } from '../credentials.ts';
import type { Event, Finding } from '../event.ts';
import { inNode, nodes } from '../nodes.ts';
import { registryUser } from '../registry.ts';
import type { Stack } from '../stack.ts';
import { inside, taskOf } from './inside.ts';
import { takesStrangers } from './strangers.ts';

/** What nobody may learn, and what a stranger may not do. */
export function ansibleSecretEvents(stack: Stack): Event[] {
  const event = (name: string, promise: string, happen: () => Promise<Finding>): Event => ({
    ...{ name, group: 'Ansible', promise, load: null, happen },
  });
  return [
    event(
      'No secret is in what Ansible says',
      "Neither passwords nor keys nor the swarm's join tokens are in the output of any run at -vv, nor in the hosts' logs.",
      () => leaks(stack),
    ),
    event(
      'A stranger is refused',
      'The registry, the managers and the engines give nothing to those without a password, certificate or token.',
      async () => ({ problems: await takesStrangers(), figures: {} }),
    ),
  ];
}

async function leaks(stack: Stack): Promise<Finding> {
  const secrets = await allSecrets(stack);
  const places = await allPlaces();
  const problems = Object.entries(secrets).flatMap(([name, text]) => {
    if (text.length < 20) return [`${name} cannot be read, so nothing is proven`];
    return [...places].filter(([, said]) => said.includes(text)).map(([place]) => `${name} is in ${place}`);
  });
  if (places.size < 5 || ![...places.values()].some(said => said.includes('TASK [')))
    problems.push('there are no outputs to search, so nothing is proven');
  return { problems, figures: { secrets: String(Object.keys(secrets).length), places: String(places.size) } };
}

async function allSecrets(stack: Stack): Promise<Record<string, string>> {
  const password = await registryPassword();
  const [service1, db] = [await taskOf(stack, 'service1'), await taskOf(stack, 'db')];
  const kept = (name: string) => readFile(join(credentialsFolder, name), 'utf8');
  const [, keyLine = ''] = (await kept('registry.key')).split('\n');
  const token = (role: string) => stack.docker(['swarm', 'join-token', '--quiet', role]);
  return {
    "the registry's password": password,
    "the registry's password in base64": Buffer.from(`${registryUser}:${password}`).toString('base64'),
    "the hash of the registry's password": (await kept('registry.htpasswd')).split(':')[1]?.trim() ?? '',
    "the registry's key": keyLine,
    "the workers' token": await token('worker'),
    "the managers' token": await token('manager'),
    "the database's password": await inside(service1, 'cat /run/secrets/db_password'),
    "the database's first password": await inside(db, 'cat /run/secrets/db_first_password'),
  };
}

async function allPlaces(): Promise<Map<string, string>> {
  const places = new Map<string, string>();
  for (const name of await readdir(logFolder))
    places.set(`the output ${name}`, await readFile(join(logFolder, name), 'utf8'));
  for (const node of nodes)
    places.set(`the log of ${node.name}`, await inNode(node, 'journalctl --no-pager'));
  const [first] = nodes;
  if (first) {
    places.set('inspect of the registry', await inNode(first, 'docker inspect motorpool-registry'));
    places.set('log of the registry', await inNode(first, 'docker logs motorpool-registry 2>&1'));
  }
  return places;
}
