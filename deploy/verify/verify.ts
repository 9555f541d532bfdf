import { setTimeout as pause } from 'node:timers/promises';
import type { Failure } from '../run/converge.ts';
import { type Answer, ask, culpritOf, isOfEmptyTable, partsDown, versionsOf } from './answer.ts';

/** Where NGINX answers, as http://HOST/, by the names of nodes. */
export type Doors = Record<string, string>;

const rounds = 12;
const forms = ['application/json', 'text/html', 'text/plain'];
const repetitions = 2;
const repeatAfterMs = 1000;
const oddOnes = 2; // of the 36 draws through a node: a packet is lost, a node is slow for a moment

/**
 * Uses the stack as a user would, through every NGINX and in every form, and looks who answered: each of the services
 * must answer in the version that `versions` says. A draw that fails is repeated before it counts. A table without
 * people is well. Gives the first failure, with its node and replica: none when all is well.
 */
export async function verify(doors: Doors, versions: Map<string, string>): Promise<Failure[]> {
  for (const [node, address] of Object.entries(doors)) {
    const failure = await verifyOne(node, address, versions);
    if (failure) return [failure];
  }
  return [];
}

async function verifyOne(
  node: string,
  address: string,
  versions: Map<string, string>,
): Promise<Failure | null> {
  let odd = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const form of forms) {
      const first = await draw(address, form, versions);
      if (!first) continue;
      odd += 1;
      const again = await drawAgain(address, form, versions);
      const { service, reason, answer } = again ?? first;
      const task = `${node}${answer.replica ? `, replica ${answer.replica}` : ''}: ${answer.body.slice(0, 300)}`;
      if (again) return { service, reason, task, log: '' };
      if (odd > oddOnes) return { service, reason: `${reason}, now and then`, task, log: '' };
    }
  }
  return null;
}

type Fault = { service: string; reason: string; answer: Answer };

async function drawAgain(
  address: string,
  form: string,
  versions: Map<string, string>,
): Promise<Fault | null> {
  let fault: Fault | null = null;
  for (let tries = 0; tries < repetitions; tries += 1) {
    await pause(repeatAfterMs);
    fault = await draw(address, form, versions);
    if (!fault) return null;
  }
  return fault;
}

async function draw(address: string, form: string, versions: Map<string, string>): Promise<Fault | null> {
  const answer = await ask(address, form);
  if (isOfEmptyTable(answer)) return whatIsReady(address, answer, versions);
  if (answer.status === 0) return { service: 'nginx', reason: `does not answer a draw as ${form}`, answer };
  const service = culpritOf(answer);
  if (answer.status !== 200)
    return { service, reason: `answered ${answer.status} to a draw as ${form}`, answer };
  if (form !== 'application/json') return null;
  const answering = versionsOf(answer);
  if (answering === null)
    return { service, reason: `answered 200 to a draw as ${form}, but with no receipt in JSON`, answer };
  return wrongVersion(answering, versions, answer);
}

/** With nobody to draw, what can be seen: service 1's version, and that it reaches the others. */
async function whatIsReady(
  address: string,
  drawn: Answer,
  versions: Map<string, string>,
): Promise<Fault | null> {
  const answer = await ask(new URL('/ready', address).href, 'application/json');
  const [service] = partsDown(answer);
  if (service) return { service, reason: 'is not ready', answer };
  return wrongVersion([['service1', drawn.version]], versions, drawn);
}

function wrongVersion(
  answering: [string, string | null][],
  versions: Map<string, string>,
  answer: Answer,
): Fault | null {
  const wrong = answering.find(([name, version]) => versions.get(name) !== version);
  if (!wrong) return null;
  const [service, version] = wrong;
  return { service, reason: `answers in version ${version} instead of ${versions.get(service)}`, answer };
}
