import type { Failure } from './converge.ts';

const rounds = 12;
const patienceMs = 3000;

/**
 * Uses the stack as a user would, through every NGINX and in every form, and looks who answered: each of the services
 * must answer in the version that `versions` says. Gives the failures: none when all is well.
 */
export async function verify(addresses: string[], versions: Map<string, string>): Promise<Failure[]> {
  const failures: Failure[] = [];
  const fail = (service: string, reason: string, task: string) =>
    failures.push({ service, reason, task, log: '' });
  for (const address of addresses) {
    const seen = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      for (const form of ['application/json', 'text/html', 'text/plain']) {
        const answer = await get(address, form);
        if (answer.status !== 200)
          fail(
            'nginx',
            `answered ${answer.status} to a draw as ${form}`,
            `${address}: ${answer.body.slice(0, 300)}`,
          );
        else if (form === 'application/json') noteVersions(answer, seen);
        if (failures.length > 0) return failures;
      }
    }
    const wrong = [...seen]
      .map(who => who.split(' '))
      .find(([name = '', version]) => versions.get(name) !== version);
    if (wrong)
      fail(
        wrong[0] ?? '',
        `answers in version ${wrong[1]} instead of ${versions.get(wrong[0] ?? '')}`,
        address,
      );
  }
  return failures;
}

type Answered = { status: number; body: string; version: string | null };

async function get(address: string, form: string): Promise<Answered> {
  try {
    const response = await fetch(address, {
      headers: { Accept: form },
      signal: AbortSignal.timeout(patienceMs),
    });
    return {
      status: response.status,
      body: await response.text(),
      version: response.headers.get('X-Version'),
    };
  } catch (error) {
    return {
      status: 0,
      body: `no answer (${error instanceof Error ? error.message : error})`,
      version: null,
    };
  }
}

function noteVersions({ body, version }: Answered, seen: Set<string>): void {
  const { receipt } = JSON.parse(body);
  seen.add(`service1 ${version}`);
  for (const name of ['service2', 'service3', 'service4'])
    seen.add(`${name} ${receipt?.steps?.[name]?.version}`);
}
