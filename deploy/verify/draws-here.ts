import { setTimeout as pause } from 'node:timers/promises';

// Runs in a container on every node, in the node's own network, and imports nothing but Node.js. It uses the stack as a
// user would, through the node's NGINX and in every form, and looks who answered: each of the services must answer in the
// version that `versions` says. A draw that fails is repeated before it counts; whoever is busy for a moment is asked
// again, for that is no fault of a release; a table without people is well. The first failure it prints as JSON, with the
// replica that answered, and then exits with 1.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; // no certificate is for a node's address, and nobody else answers there
const { address, versions }: Wanted = JSON.parse(process.env.WANTED ?? '');
const rounds = 12;
const forms = ['application/json', 'text/html', 'text/plain'];
const repetitions = 2;
const repeatAfterMs = 1000;
const oddOnes = 2; // of 36 draws: a packet is lost, a node is slow for a moment
const patienceMs = 3000;
const busyTries = 10;
const enoughMs = 60_000; // where all are busy; whoever started this waits for twice as long

/** Where NGINX answers, as http://HOST/, and the versions by the names of services. */
type Wanted = { address: string; versions: Record<string, string> };
/** What came back: 0 and no body if nothing did; and the replica of service 1 that answered, in which version. */
type Answer = { status: number; body: string; version: string | null; replica: string | null };
type Fault = { service: string; reason: string; answer: Answer };

const fault = await firstFault();
if (fault) {
  const { service, reason, answer } = fault;
  const task = `${answer.replica ? `replica ${answer.replica}: ` : ''}${answer.body.slice(0, 300)}`;
  console.log(JSON.stringify({ service, reason, task }));
  process.exitCode = 1;
}

async function firstFault(): Promise<Fault | null> {
  let odd = 0;
  for (let round = 0; round < rounds && (round === 0 || performance.now() < enoughMs); round += 1) {
    for (const form of forms) {
      const first = await draw(form);
      if (!first) continue;
      odd += 1;
      const again = await drawAgain(form);
      if (again) return again;
      if (odd > oddOnes) return { ...first, reason: `${first.reason}, now and then` };
    }
  }
  return null;
}

async function drawAgain(form: string): Promise<Fault | null> {
  let fault: Fault | null = null;
  for (let tries = 0; tries < repetitions; tries += 1) {
    await pause(repeatAfterMs);
    fault = await draw(form);
    if (!fault) return null;
  }
  return fault;
}

async function draw(form: string): Promise<Fault | null> {
  const answer = await ask('/', form);
  if (answer.status === 503 && answer.body.includes('nobody to draw')) return whatIsReady(answer);
  if (answer.status === 0) return { service: 'nginx', reason: `does not answer a draw as ${form}`, answer };
  const service = culpritOf(answer);
  if (answer.status !== 200)
    return { service, reason: `answered ${answer.status} to a draw as ${form}`, answer };
  if (form !== 'application/json') return null;
  const steps = inJson<Draw>(answer.body)?.receipt?.steps;
  if (!steps)
    return { service, reason: `answered 200 to a draw as ${form}, but with no receipt in JSON`, answer };
  const parts = Object.keys(steps)
    .filter(name => name in versions) // the others are none of ours
    .map(name => [name, steps[name]?.version ?? null] as const);
  return wrongVersion([['service1', answer.version], ...parts], answer);
}

/** With nobody to draw, what can be seen: service 1's version, and that it reaches the others. */
async function whatIsReady(drawn: Answer): Promise<Fault | null> {
  const answer = await ask('/ready', 'application/json');
  const parts = inJson<Readiness>(answer.body)?.parts;
  const down = Object.keys(parts ?? {}).find(name => !/^(up|empty)$/.test(`${parts?.[name]?.state}`));
  if (!parts || down) return { service: down ?? 'service1', reason: 'is not ready', answer };
  return wrongVersion([['service1', drawn.version]], drawn);
}

function wrongVersion(answering: (readonly [string, string | null])[], answer: Answer): Fault | null {
  const wrong = answering.find(([name, version]) => versions[name] !== version);
  if (!wrong) return null;
  const [service, version] = wrong;
  return { service, reason: `answers in version ${version} instead of ${versions[service]}`, answer };
}

/** The part that failed, as a problem in JSON names it; else service 1 where it answered, and NGINX where nobody did. */
function culpritOf({ body, replica }: Answer): string {
  return inJson<Problem>(body)?.failures?.[0]?.part ?? (replica ? 'service1' : 'nginx');
}

async function ask(path: string, form: string, triesLeft = busyTries): Promise<Answer> {
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const response = await fetch(new URL(path, address), { headers: { Accept: form }, signal });
    const body = await response.text();
    if (response.status === 503 && /\bbusy\b/i.test(body) && triesLeft > 0) {
      await pause(1000 * Number(response.headers.get('Retry-After') ?? 1));
      return ask(path, form, triesLeft - 1);
    }
    const [version, replica] = ['X-Version', 'X-Instance'].map(name => response.headers.get(name));
    return { status: response.status, body, version: version ?? null, replica: replica ?? null };
  } catch (error) {
    const body = `no answer (${error instanceof Error ? error.message : error})`;
    return { status: 0, body, version: null, replica: null };
  }
}

type Problem = { failures?: { part: string }[] };
type Draw = { receipt?: { steps?: Record<string, { version?: string } | undefined> } };
type Readiness = { parts?: Record<string, { state: string } | undefined> };

function inJson<Value>(body: string): Value | null {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
