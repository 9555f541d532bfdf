import { randomUUID } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import type { LoadCommand, LoadNews, LoadOptions } from './load.ts';
import { checkAdded, checkDraw, checkPage } from './load-answer.ts';
import { arrivals } from './load-arrivals.ts';
import { type Asked, ask, failoverKind } from './load-request.ts';
import { countAnswers } from './load-tally.ts';
import { openTargets } from './load-targets.ts';

// The thread of one load; load.ts starts it and says what its options mean.
const options: LoadOptions = workerData;
const targets = openTargets(options.targets);
const tally = countAnswers();
const inFlight = new Set<Promise<void>>();
const run = randomUUID().slice(0, 8);
const firstAnswers = 4 * options.targets.length;

const page: Asked = { method: 'GET', path: '/', headers: { Accept: 'text/html' }, check: checkPage };
const draw: Asked = { method: 'GET', path: '/', headers: { Accept: 'application/json' }, check: checkDraw };

const streams = [
  arrivals(options.perSecond, (number, due) => start(number, due, number & 2 ? draw : page)),
  arrivals(options.postsPerSecond, (number, due) => start(number, due, addition(number))),
];

function addition(number: number): Asked {
  const name = `Load ${number + 1} of ${run}`;
  return {
    method: 'POST',
    path: '/people',
    headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
    body: JSON.stringify({ name }),
    check: answer => checkAdded(answer, name),
  };
}

// Requests 0 and 1 are pages, 2 and 3 draws; of each two one is on a new connection; then it is the next target's turn.
function start(number: number, due: number, asked: Asked): void {
  const isKept = (number & 1) === 0;
  const flight = answerTo(asked, Math.floor(number / 4), isKept, due).finally(() => {
    inFlight.delete(flight);
    if (tally.requests() === firstAnswers) report('started');
  });
  inFlight.add(flight);
}

async function answerTo(asked: Asked, turn: number, isKept: boolean, due: number): Promise<void> {
  let target = targets.inTurn(turn);
  const deadline = due + options.timeoutMs;
  try {
    if (!target) throw new Error('there is no target left to ask');
    const first = target;
    const answer = await ask(asked, first, isKept, deadline).catch(error => {
      const next = targets.after(first);
      const kind = failoverKind(asked, error);
      if (!options.failover || !next || !kind) throw error;
      target = next;
      tally.failedOver(kind);
      return ask(asked, next, isKept, deadline);
    });
    tally.ok(due, asked.check(answer));
  } catch (error) {
    const { message: reason } = error instanceof Error ? error : new Error(String(error));
    tally.failed(due, { method: asked.method, target: target?.origin ?? '', path: asked.path, reason });
  }
}

parentPort?.on('message', async (command: LoadCommand) => {
  if (command.do === 'mark') return tally.mark(command.what);
  if (command.do !== 'stop') return targets[command.do](command.what);
  for (const stream of streams) stream.stop();
  await Promise.all(inFlight);
  report(tally.result());
});

function report(news: LoadNews): void {
  parentPort?.postMessage(news);
}
