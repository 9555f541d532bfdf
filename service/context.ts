import { AsyncLocalStorage } from 'node:async_hooks';

/** What is known of the request that is being served: its id, and how long its parts took. */
export type RequestContext = {
  requestId: string;
  /** Entries of the Server-Timing header: a name and milliseconds. */
  timings: [name: string, milliseconds: number][];
};

/** The context of the current request, for log lines and for calls to other services; undefined outside of one. */
export const requestContext = new AsyncLocalStorage<RequestContext>();
