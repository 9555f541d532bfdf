import { fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { comeFirst } from '../priority.ts';

/** What a load is like; all but its targets is 0 or false unless it says so. */
export type LoadOptions = {
  /** The addresses of NGINX, one a node, like `http://172.30.77.11`; requests go to them in turn. */
  targets: string[];
  /** Draws a second, at a constant rate whatever comes back: half as page, half as JSON; half on new connections. */
  perSecond?: number;
  /** People added a second, as JSON, under unique names; NGINX lets an address add ten a second. */
  postsPerSecond?: number;
  /**
   * Behaves as a browser or a balancer does: what was refused or reset before any byte of the answer goes once to the
   * next target; a POST only when the connection could not be made.
   */
  failover?: boolean;
  /** An answer that takes longer counts as failed, in milliseconds since the request was due; 7000, more than NGINX waits, unless it says so. */
  timeoutMs?: number;
  /**
   * A closed loop instead of a rate: so many clients, on kept connections, each of which asks for the next draw when it
   * has its answer. `perSecond` then does not matter.
   */
  clients?: number;
  /** Comes before all else on this machine, not only within its own session: it takes from those whom it asks, then. */
  isFirst?: boolean;
  /** Judges a page by its status alone, for servers that know no request ids and give no receipts. */
  onlyStatus?: boolean;
};

/** A running load. */
export type Load = {
  /** Notes that something happens now, for the timeline. */
  mark(label: string): void;
  /** Sends nothing more to the target, as a client does that knows the node is dead. Throws for a foreign target. */
  avoid(target: string): void;
  /** Sends to an avoided target again, on new connections. Throws for a foreign target. */
  use(target: string): void;
  /** How many requests were answered well so far, and how many people were added. */
  progress(): Promise<{ ok: number; added: number }>;
  /** Starts no new request, awaits those in flight, and gives the result. */
  stop(): Promise<LoadResult>;
};

/**
 * Why a request went to a second target: its connection was never made, or its stream of HTTP/2 was left undone; or it was
 * made and then broken before any byte of the answer, on a new connection or on one that had served before.
 */
export type FailoverKind = 'refused' | 'brokenNew' | 'brokenKept';

/** A request that failed. `at` is when it was due, since the load began, and `after` how long it then took to fail (ms). */
export type Failure = {
  at: number;
  after: number;
  method: string;
  target: string;
  path: string;
  /** The request's own id, as it stands in every log. */
  id: string;
  /** How far it came: no connection, no answer, half an answer, none in time, or a whole one that is wrong or says busy. */
  kind: 'refused' | 'broken' | 'cut' | 'late' | 'wrong' | 'busy';
  /** The status of a whole answer; 0 where there is none. */
  status: number;
  /** A sentence, without markup. */
  reason: string;
};

/** What a load has seen. Times are in milliseconds; latencies are those of good answers to draws, since they were due. */
export type LoadResult = {
  /** When it began, in ms since 1970. */
  began: number;
  requests: number;
  failed: number;
  /** How long requests were sent, from the first that was due to the stop, in ms. */
  duration: number;
  /** How many requests went to a second target, by what became of them at the first. */
  failovers: Record<FailoverKind, number>;
  p50: number;
  p99: number;
  max: number;
  /** The highest 99th percentile of any five seconds on end (of all, where there are fewer), and its first second. */
  slowest: { second: number; p99: number };
  /**
   * By the second in which a request was due. `late` is how late the load itself sent the latest of them, in ms. A
   * second without a good draw has 0 as its latencies.
   */
  seconds: {
    second: number;
    ok: number;
    failed: number;
    late: number;
    p50: number;
    p99: number;
    max: number;
  }[];
  marks: { at: number; label: string }[];
  /** The first 50,000. */
  failures: Failure[];
  /** Everybody whose POST was answered 201, when (ms since the load began), and how long after it was due. */
  added: { id: number; name: string; at: number; after: number }[];
  /** Service → instance → answers, from X-Instance and the receipts of JSON draws. */
  answeredBy: Record<string, Record<string, number>>;
  /** Service → version → answers, likewise. */
  versions: Record<string, Record<string, number>>;
};

/** What a load says to its process; `with` is a target or a label. */
export type LoadCommand = { do: 'mark' | 'avoid' | 'use' | 'progress' | 'stop'; with: string };
/** What the process says: that the first answers have come, how far it is, at last the result. */
export type LoadNews = { started?: true; progress?: { ok: number; added: number }; result?: LoadResult };

/** Loads for so many seconds. */
export async function loadFor(seconds: number, options: LoadOptions): Promise<LoadResult> {
  const load = await startLoad(options);
  await pause(seconds * 1000);
  return load.stop();
}

/** How many requests a second were answered well. */
export function goodPerSecond({ requests, failed, duration }: LoadResult): number {
  return ((requests - failed) * 1000) / duration;
}

/**
 * Starts a load in a process of its own, before all others where the machine lets it; it is there when the first
 * answers, good or bad, have come. The process ends with its load, and with the process that started it.
 */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const settings = { execArgv: [], detached: true }; // a session of its own, however little that of its starter may have
  const child = fork(new URL('process.ts', import.meta.url), [JSON.stringify(options)], settings);
  const heard = new EventEmitter();
  child.on('message', news => {
    for (const [what, value] of Object.entries(news)) heard.emit(what, value);
  });
  const ended = new Promise<never>((_, reject) => {
    child.on('error', error => child.pid ?? reject(error)); // whoever speaks to a dead one hears of its end below
    child.once('exit', (code, signal) => reject(new Error(`The load's process ended (${signal ?? code}).`)));
  });
  ended.catch(() => {}); // told by whoever waits for the process next
  // A lab that fails in the middle must be able to end.
  child.unref();
  child.channel?.unref();
  comeFirst(child, -10, options.isFirst);

  const tell = (what: LoadCommand['do'], label = '') => void child.send({ do: what, with: label });

  /** Awaits what the process says, which itself keeps nobody awake. */
  async function news<Value>(what: 'started' | 'progress' | 'result'): Promise<Value> {
    const awake = setInterval(() => {}, 60_000);
    try {
      const [value] = await Promise.race([once(heard, what), ended]);
      return value;
    } finally {
      clearInterval(awake);
    }
  }

  function tellAbout(what: 'avoid' | 'use', target: string): void {
    if (!options.targets.includes(target)) throw new Error(`${target} is none of the load's targets.`);
    tell(what, target);
  }

  await news('started');
  return {
    mark: label => tell('mark', label),
    avoid: target => tellAbout('avoid', target),
    use: target => tellAbout('use', target),

    progress() {
      tell('progress');
      return news('progress');
    },

    async stop() {
      tell('stop');
      const result = await news<LoadResult>('result');
      child.ref();
      child.kill('SIGKILL'); // it has said all
      await ended.catch(() => {});
      return result;
    },
  };
}
