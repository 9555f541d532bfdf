import { AsyncLocalStorage } from 'node:async_hooks';
import type { Trace } from './trace.ts';

/** What is known of the request that is being served: its id, its trace, and how long its parts took. */
export type RequestContext = {
  requestId: string;
  /** Its place in a trace, if it has one: the span that is open now, or the one that it came with. */
  trace?: Trace;
  /** Entries of the Server-Timing header: a name and milliseconds. */
  timings: [name: string, milliseconds: number][];
};

/** The context of the current request, for log lines and for calls to other services; undefined outside of one. */
export const requestContext = new AsyncLocalStorage<RequestContext>();
