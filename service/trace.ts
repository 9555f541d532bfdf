import type { IncomingHttpHeaders } from 'node:http';
import { requestContext } from './context.ts';

/** A place in a trace, as the headers that say it: https://www.w3.org/TR/trace-context/ */
export type Trace = { traceparent: string; tracestate?: string };

/** What is known of a span, under the names of OpenTelemetry's conventions. */
export type Facts = Record<string, string | number | string[]>;

/** Something that is being done for a request. */
export type Span = { trace: Trace; end(facts: Facts, failure?: string, name?: string): void };

/** Begins spans, and sends them to whoever collects them. */
export type Tracer = {
  begin(name: string, kind: 'SERVER' | 'CLIENT', parent: Trace | undefined, facts: Facts): Span;
  close(): Promise<void>;
};

/** The tracer of this process, if anybody collects its spans. */
export const tracing: { tracer?: Tracer } = {};

/** A trace that nobody records: the place of what is asked only to see whether it works. */
export const unrecorded: Trace = { traceparent: `00-${'1'.padStart(32, '0')}-${'1'.padStart(16, '0')}-00` };

const wellFormed =
  /^(?!ff|00.{54})[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-[\x20-\x7e]*)?$/;

/** The place in a trace that a request came with; none if that is broken, and then its state is worth nothing either. */
export function traceOf({ traceparent, tracestate }: IncomingHttpHeaders): Trace | undefined {
  if (typeof traceparent !== 'string' || !wellFormed.test(traceparent)) return undefined;
  const isSound = typeof tracestate === 'string' && /^[\x20-\x7e]{1,512}$/.test(tracestate);
  return isSound ? { traceparent, tracestate } : { traceparent };
}

/** Does work that asks another part, as a span of the current request where spans are collected; else it just does it. */
export function inSpan<Value>(name: string, facts: Facts, work: () => Promise<Value>): Promise<Value> {
  const context = requestContext.getStore();
  const span = context && tracing.tracer?.begin(name, 'CLIENT', context.trace, facts);
  if (!span) return work();
  return requestContext.run({ ...context, trace: span.trace }, work).then(
    value => {
      span.end({});
      return value;
    },
    error => {
      span.end({}, String(error));
      throw error;
    },
  );
}
