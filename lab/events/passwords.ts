import { readFile } from 'node:fs/promises';
import { registryPassword } from '../credentials.ts';
import { dockerOn, inNode, nodes } from '../nodes.ts';
import { registryUser } from '../registry.ts';
import { services } from '../release.ts';
import { foundInImage } from '../search-image.ts';
import type { Stack } from '../stack.ts';
import { good } from './ensure.ts';
import { everyService, inside, taskOf } from './inside.ts';

/** A password by its name, in a form in which it may be written down. */
type Password = { name: string; text: string };

/** The places where a password of the lab can be read that nobody should read there. */
export async function passwordLeaks(stack: Stack): Promise<string[]> {
  const passwords = await allPasswords(stack);
  const unknown = passwords.filter(({ text }) => text.length < 20);
  if (unknown.length > 0) return unknown.map(({ name }) => `${name} cannot be read, so nothing is proven`);
  return [...leaksIn(await placesOf(stack), passwords), ...(await leaksInImages(passwords))];
}

async function allPasswords(stack: Stack): Promise<Password[]> {
  const registry = await registryPassword();
  const [service1, db] = [await taskOf(stack, 'service1'), await taskOf(stack, 'db')];
  const basic = Buffer.from(`${registryUser}:${registry}`).toString('base64');
  return [
    { name: "the database's password", text: await inside(service1, 'cat /run/secrets/db_password') },
    { name: "the database's first password", text: await inside(db, 'cat /run/secrets/db_first_password') },
    { name: "the registry's password", text: registry },
    { name: "the registry's password in base64", text: basic },
  ];
}

// Also of the tasks that are gone; `docker service logs` would wait for ever for those of a node that was away.
const logsOfAll = `for id in $(docker ps --all --quiet --filter label=com.docker.stack.namespace=motorpool); do
  docker logs "$id" 2>&1; done`;

const environmentsAndArguments =
  'for p in /proc/[0-9]*; do tr "\\0" "\\n" <$p/environ; tr "\\0" "\\n" <$p/cmdline; done 2>/dev/null';

/** What `docker inspect`, the processes and the logs of everything say, by place. */
async function placesOf(stack: Stack): Promise<Map<string, string>> {
  const places = new Map<string, string>();
  for (const name of everyService) {
    for (const task of await stack.running(name)) {
      const { node, container, instance } = task;
      places.set(`inspect of ${name} ${instance}`, await dockerOn(node, ['inspect', container]));
      places.set(`processes of ${name} ${instance}`, await inside(task, environmentsAndArguments));
    }
    places.set(`service ${name}`, await stack.docker(['service', 'inspect', `motorpool_${name}`]));
  }
  for (const node of nodes) places.set(`logs on ${node.name}`, await inNode(node, logsOfAll));
  return places;
}

function leaksIn(places: Map<string, string>, passwords: Password[]): string[] {
  return [...places].flatMap(([place, text]) => {
    if (text === '') return [`${place} cannot be read`];
    return passwords
      .filter(password => text.includes(password.text))
      .map(({ name }) => `${name} is in the ${place}`);
  });
}

async function leaksInImages(passwords: Password[]): Promise<string[]> {
  const problems: string[] = [];
  // Who finds a line of a file that is in every image of a service would find a password too.
  const [, surelyThere = ''] = (await readFile('service/healthy.sh', 'utf8')).split('\n');
  for (const service of services) {
    const image = `motorpool/${service}:${good}`;
    const found = await foundInImage(image, [surelyThere, ...passwords.map(({ text }) => text)]);
    if (!found.has(surelyThere)) problems.push(`the layers of ${image} cannot be searched`);
    for (const { name, text } of passwords) if (found.has(text)) problems.push(`${name} is in ${image}`);
  }
  return problems;
}
