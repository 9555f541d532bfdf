import type { Failure, Load, LoadOptions, LoadResult } from './load/load.ts';

/** What an event found: what is wrong (nothing: it is proven), and figures to read, like 'back after': '6.2 s'. */
export type Finding = { problems: string[]; figures: Record<string, string> };

/** Something that happens to the stack while people use it, and the promise that it must not break. */
export type Event = {
  name: string;
  /** When it happens (see prove.ts), and the heading under which the report shows it. */
  group: string;
  /** What must hold, as a sentence. */
  promise: string;
  /** What the load differs in from the usual; null for an event that needs no load, and gets one attempt. */
  load?: Partial<LoadOptions> | null;
  /** The failed requests that the promise allows, by their reason; none unless it says so. */
  mayFail?(failure: Failure): boolean;
  /** The highest 99th percentile of any five seconds, in milliseconds, where the verdict shall not reckon it. */
  slowestMs?: number;
  /** How long a person may take to be added, in milliseconds, where that may be longer than a draw. */
  slowestAddMs?: number;
  /** What has to be so before the load begins. */
  prepare?(): Promise<void>;
  /** Lets it happen. What it throws is a problem too. */
  happen(load: Load): Promise<Finding>;
  /** Looks at the load's result when it is over, and gives what is wrong with it. */
  check?(result: LoadResult): Promise<string[]>;
  /** Puts everything right, whatever happened; cheap when all is well. What it throws is a problem too. */
  restore?(): Promise<void>;
};
