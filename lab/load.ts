import { Worker } from 'node:worker_threads';

export type LoadOptions = {
  /** The addresses of NGINX, one a node, like `http://172.30.77.11`; requests go to them in turn. */
  targets: string[];
  /** Draws a second, at a constant rate whatever comes back: half as page, half as JSON; half on new connections. */
  perSecond: number;
  /** People added a second, as JSON, under unique names; NGINX lets an address add ten a second. */
  postsPerSecond: number;
  /**
   * Behaves as a browser or a balancer does: what was refused or reset before any byte of the answer goes once to the
   * next target; a POST only when the connection could not be made.
   */
  failover: boolean;
  /** An answer that takes longer counts as failed, in milliseconds since the request was due. */
  timeoutMs: number;
};

/** A running load. */
export type Load = {
  /** Notes that something happens now, for the timeline. */
  mark(label: string): void;
  /** Sends nothing more to the target, as a client does that knows the node is dead. Throws for a foreign target. */
  avoid(target: string): void;
  /** Sends to an avoided target again, on new connections. Throws for a foreign target. */
  use(target: string): void;
  /** Starts no new request, awaits those in flight, and gives the result. */
  stop(): Promise<LoadResult>;
};

/**
 * Why a request went to a second target: its connection was never made, or it was made and then broken before any byte
 * of the answer, on a new connection or on one that had served before.
 */
export type FailoverKind = 'refused' | 'brokenNew' | 'brokenKept';

/** What a load has seen. Times are in milliseconds; latencies are those of good answers, since they were due. */
export type LoadResult = {
  requests: number;
  failed: number;
  /** How many requests went to a second target, by what became of them at the first. */
  failovers: Record<FailoverKind, number>;
  p50: number;
  p99: number;
  max: number;
  /** By the second in which a request was due. A second without a good answer has 0 as its latencies. */
  seconds: { second: number; ok: number; failed: number; p50: number; p99: number }[];
  marks: { at: number; label: string }[];
  /** The first 50. */
  failures: { at: number; method: string; target: string; path: string; reason: string }[];
  /** Everybody whose POST was answered 201. */
  added: { id: number; name: string }[];
  /** Service → instance → answers, from X-Instance and the receipts of JSON draws. */
  answeredBy: Record<string, Record<string, number>>;
  /** Service → version → answers, likewise. */
  versions: Record<string, Record<string, number>>;
};

/** What the main thread says to the load's thread. */
export type LoadCommand = { do: 'mark' | 'avoid' | 'use'; what: string } | { do: 'stop' };
/** What the load's thread says: that the first answers have come, and at last the result. */
export type LoadNews = 'started' | LoadResult;

/** Starts a load in a thread of its own; it is there when the first answers, good or bad, have come. */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const worker = new Worker(new URL('./load-worker.ts', import.meta.url), { workerData: options });
  const dead = new Promise<never>((_, reject) => worker.once('error', reject));
  dead.catch(() => {}); // told by whoever waits for the thread next
  const news = () => Promise.race([new Promise<LoadNews>(resolve => worker.once('message', resolve)), dead]);
  const tell = (command: LoadCommand) => worker.postMessage(command);

  function tellAbout(what: 'avoid' | 'use', target: string): void {
    if (!options.targets.includes(target)) throw new Error(`${target} is none of the load's targets.`);
    tell({ do: what, what: target });
  }

  async function stop(): Promise<LoadResult> {
    worker.ref();
    const last = news();
    tell({ do: 'stop' });
    const result = await last;
    await worker.terminate();
    if (result === 'started') throw new Error('The load stopped before it had started.');
    return result;
  }

  await news();
  worker.unref(); // a lab that fails in the middle must be able to end
  return {
    mark: label => tell({ do: 'mark', what: label }),
    avoid: target => tellAbout('avoid', target),
    use: target => tellAbout('use', target),
    stop,
  };
}
