import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { checkAdded, checkDraw, checkPage, checkStatus, lineOf, saysBusy } from './answer.ts';
import type { Failure, LoadCommand, LoadNews, LoadOptions } from './load.ts';
import { type Answer, type Asked, ask, Broken, openTargets } from './request.ts';
import { countAnswers } from './tally.ts';

// The process of one load; load.ts starts it and says what its options mean.
process.once('disconnect', () => process.exit());

const options: LoadOptions = JSON.parse(process.argv[2] ?? '');
const { perSecond = 0, postsPerSecond = 0, clients = 0, timeoutMs = 7000, onlyStatus } = options;
const targets = openTargets(options.targets);
const tally = countAnswers();
const inFlight = new Set<Promise<void>>();
const run = randomUUID().slice(0, 8);
const firstAnswers = 4 * options.targets.length;
const began = performance.now();
const commands: Record<LoadCommand['do'], (label: string) => void> = {
  mark: tally.mark,
  avoid: targets.avoid,
  use: targets.use,
  progress: () => report({ progress: tally.progress() }),
  stop,
};
let sent = 0;
let isStopped = false;

const get = { method: 'GET', path: '/', body: '' } as const;
const page: Asked = { ...get, headers: { Accept: 'text/html' }, check: onlyStatus ? checkStatus : checkPage };
const draw: Asked = { ...get, headers: { Accept: 'application/json' }, check: checkDraw };

// Requests 0 and 1 are pages, 2 and 3 draws; of each two one is on a new connection; then it is the next target's turn.
const streams = [
  arrivals(clients ? 0 : perSecond, (number, due) => start(number & 2 ? draw : page, number, due)),
  arrivals(clients ? 0 : postsPerSecond, (number, due) => start(addition(number), number, due)),
];
for (let client = 0; client < clients; client += 1) askAgainAndAgain(client);

/**
 * Calls `arrive` at a constant rate, with the number of the arrival and the time at which it was due (ms, as
 * `performance.now()`). What this process was too busy to start in time is started late, never left out.
 */
function arrivals(perSecond: number, arrive: (number: number, due: number) => void) {
  const gap = 1000 / perSecond;
  const first = began + Math.min(gap, 1000) / 2;
  let number = 0;
  let timer = perSecond > 0 ? setTimeout(arriveAll, first - performance.now()) : undefined;

  function arriveUntil(now: number): void {
    for (let due = first + number * gap; due <= now; due = first + number * gap) {
      arrive(number, due);
      number += 1;
    }
  }

  function arriveAll(): void {
    arriveUntil(performance.now());
    timer = setTimeout(arriveAll, Math.max(0, Math.ceil(first + number * gap - performance.now())));
  }

  /** Ends with what was due by now. */
  return function stopAt(now: number): void {
    if (!timer) return;
    clearTimeout(timer);
    arriveUntil(now);
  };
}

async function askAgainAndAgain(client: number): Promise<void> {
  while (!isStopped) await start(page, 4 * client, performance.now());
}

function addition(number: number): Asked {
  const name = `Load ${number + 1} of ${run}`;
  return {
    method: 'POST',
    path: '/people',
    headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
    body: JSON.stringify({ name }),
    check: checkAdded(name),
  };
}

function start(asked: Asked, number: number, due: number): Promise<void> {
  tally.sent(due);
  sent += 1;
  const flight = answerTo(asked, `load-${run}-${sent}`, number, due).finally(() => {
    inFlight.delete(flight);
    const { ok, failed } = tally.progress();
    if (ok + failed === firstAnswers) report({ started: true });
  });
  inFlight.add(flight);
  return flight;
}

async function answerTo(asked: Asked, id: string, number: number, due: number): Promise<void> {
  const deadline = due + timeoutMs;
  const isKept = (number & 1) === 0;
  let target = targets.inTurn(number >> 2);
  let answer: Answer | undefined;
  try {
    if (!target) {
      await nextTurn(); // or a client in a closed loop would let nothing else happen
      throw new Error('there is no target left to ask');
    }
    const first = target;
    answer = await ask(asked, id, first, isKept, deadline).catch(error => {
      const next = targets.after(first);
      if (!options.failover || !next || !error.failover) throw error;
      target = next;
      tally.failedOver(error.failover);
      return ask(asked, id, next, isKept, deadline);
    });
    tally.ok(due, asked.check(answer, id));
  } catch (error) {
    tally.failed(due, {
      method: asked.method,
      target: target?.origin ?? '',
      path: asked.path,
      id,
      kind: error instanceof Broken ? error.kind : kindOf(answer, id),
      status: answer?.status ?? 0,
      reason: lineOf(error instanceof Error ? error.message : String(error)),
    });
  }
}

function kindOf(answer: Answer | undefined, id: string): Failure['kind'] {
  if (!answer) return 'refused';
  return saysBusy(answer, id) ? 'busy' : 'wrong';
}

process.on('message', ({ do: what, with: label }: LoadCommand) => commands[what](label));

async function stop(): Promise<void> {
  const now = performance.now();
  isStopped = true;
  for (const stopAt of streams) stopAt(now);
  await Promise.all(inFlight);
  report({ result: tally.result(now) });
}

function report(news: LoadNews): void {
  process.send?.(news);
}
