import { setTimeout as pause } from 'node:timers/promises';
import type { Failure } from '../run/converge.ts';
import { fetchDirectly } from './fetch-directly.ts';

const rounds = 12;
const patienceMs = 3000;

/**
 * Uses the stack as a user would, through every NGINX and in every form, and looks who answered: each of the services
 * must answer in the version that `versions` says. Gives the failures: none when all is well.
 */
export async function verify(addresses: string[], versions: Map<string, string>): Promise<Failure[]> {
  for (const address of addresses) {
    const failure = await verifyOne(address, versions);
    if (failure) return [failure];
  }
  return [];
}

async function verifyOne(address: string, versions: Map<string, string>): Promise<Failure | null> {
  const seen = new Set<string>();
  for (let round = 0; round < rounds; round += 1) {
    for (const form of ['application/json', 'text/html', 'text/plain']) {
      const answer = await get(address, form);
      const task = `${address}: ${answer.body.slice(0, 300)}`;
      const fail = (reason: string) => ({ service: 'nginx', reason, task, log: '' });
      if (answer.status !== 200) return fail(`answered ${answer.status} to a draw as ${form}`);
      if (form !== 'application/json') continue;
      const answering = versionsOf(answer);
      if (answering === null) return fail(`answered 200 to a draw as ${form}, but with no receipt in JSON`);
      for (const [name, version] of answering) seen.add(`${name} ${version}`);
    }
  }
  const wrong = [...seen]
    .map(who => who.split(' '))
    .find(([name = '', version]) => versions.get(name) !== version);
  if (!wrong) return null;
  const [service = '', version] = wrong;
  const reason = `answers in version ${version} instead of ${versions.get(service)}`;
  return { service, reason, task: address, log: '' };
}

type Answered = { status: number; body: string; version: string | null };

/** Asks again, up to ten times, whoever says that it is busy: that is no fault of a release. */
async function get(address: string, form: string, triesLeft = 10): Promise<Answered> {
  try {
    const response = await fetchDirectly(address, {
      headers: { Accept: form },
      signal: AbortSignal.timeout(patienceMs),
    });
    const body = await response.text();
    if (response.status === 503 && /\bbusy\b/i.test(body) && triesLeft > 0) {
      await pause(1000 * Number(response.headers.get('Retry-After') ?? 1));
      return get(address, form, triesLeft - 1);
    }
    return { status: response.status, body, version: response.headers.get('X-Version') };
  } catch (error) {
    return {
      status: 0,
      body: `no answer (${error instanceof Error ? error.message : error})`,
      version: null,
    };
  }
}

/** Who answered, in which version; null if the answer is none of ours. */
function versionsOf({ body, version }: Answered): [string, string | null][] | null {
  const steps = stepsOf(body);
  if (!steps) return null;
  const parts = ['service2', 'service3', 'service4'].map((name): [string, string | null] => [
    name,
    steps[name]?.version ?? null,
  ]);
  return [['service1', version], ...parts];
}

function stepsOf(body: string): Record<string, { version?: string } | undefined> | undefined {
  try {
    return JSON.parse(body)?.receipt?.steps;
  } catch {
    return undefined;
  }
}
