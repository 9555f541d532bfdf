import type { LoadResult } from './load/load.ts';

/** One run of an event. */
export type Attempt = {
  load: LoadResult | null;
  /** All that was wrong; nothing: the promise held. */
  problems: string[];
  /** Why what was wrong is not held against the promise: what else the machine did meanwhile. Null where it was calm. */
  noise: string | null;
  /** What was measured, like 'back after': '6.2 s'. */
  figures: Record<string, string>;
  /** The seconds of the load in which something outside the lab took the machine's time. */
  noisySeconds: number[];
};

/** A promise with all attempts to break it. */
export type ProvenEvent = {
  name: string;
  /** The heading under which the report shows it. */
  group: string;
  /** What must hold, as a sentence. */
  promise: string;
  attempts: Attempt[];
  /** Whether it held at its last attempt. An event that never got a calm one is neither. */
  verdict: 'kept' | 'broken' | 'inconclusive';
};
