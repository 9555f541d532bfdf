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
  /**
   * A closed loop instead of a rate: so many clients, on kept connections, each of which asks for the next draw when it
   * has its answer. `perSecond` then does not matter.
   */
  clients?: number;
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
 * Why a request went to a second target: its connection was never made, or it was made and then broken before any byte
 * of the answer, on a new connection or on one that had served before.
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
  /** How far it came: no connection, no answer, half an answer, none in time, or a whole answer that is wrong. */
  kind: 'refused' | 'broken' | 'cut' | 'late' | 'wrong';
  /** The status of a wrong answer; 0 where there is none. */
  status: number;
  /** A sentence, without markup. */
  reason: string;
};

/** What a load has seen. Times are in milliseconds; latencies are those of good answers, since they were due. */
export type LoadResult = {
  /** When it began, in ms since 1970. */
  began: number;
  requests: number;
  failed: number;
  /** How long requests were sent, from the first that was due to the stop, in ms. */
  duration: number;
  /** How many requests were due in that time; as many were sent, or the load itself is to blame. */
  due: number;
  /** How many requests went to a second target, by what became of them at the first. */
  failovers: Record<FailoverKind, number>;
  p50: number;
  p99: number;
  max: number;
  /** The highest 99th percentile of any five seconds on end (of all, where there are fewer), and its first second. */
  slowest: { second: number; p99: number };
  /**
   * By the second in which a request was due. `late` is how late the load itself sent the latest of them, in ms. A
   * second without a good answer has 0 as its latencies.
   */
  seconds: { second: number; ok: number; failed: number; late: number; p50: number; p99: number }[];
  marks: { at: number; label: string }[];
  /** The first 5,000. */
  failures: Failure[];
  /** Everybody whose POST was answered 201, and when (ms since the load began). */
  added: { id: number; name: string; at: number }[];
  /** Service → instance → answers, from X-Instance and the receipts of JSON draws. */
  answeredBy: Record<string, Record<string, number>>;
  /** Service → version → answers, likewise. */
  versions: Record<string, Record<string, number>>;
};
