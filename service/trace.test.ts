import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { traceOf, unrecorded } from './trace.ts';

const trace = '0af7651916cd43dd8448eb211c80319c';
const span = 'b7ad6b7169203331';
const traceparent = `00-${trace}-${span}-01`;

describe('When a request came with a place in a trace', () => {
  test.each([
    traceparent,
    `00-${trace}-${span}-00`,
    `01-${trace}-${span}-01`,
    `cc-${trace}-${span}-01-what-comes`,
  ])('%s is passed on as it is', came => {
    expect(traceOf({ traceparent: came, tracestate: 'a=1,b=2' })).toEqual({
      traceparent: came,
      tracestate: 'a=1,b=2',
    });
  });

  test('that of a health check is well formed, and says that nobody records it', () => {
    expect(traceOf({ ...unrecorded })).toEqual(unrecorded);
    expect(unrecorded.traceparent).toMatch(/-00$/);
  });

  test.each([undefined, '', 'ö=1', 'a=1\n', 'x'.repeat(513)])('a state like %j is left out', tracestate => {
    expect(traceOf({ traceparent, tracestate })).toEqual({ traceparent });
  });
});

describe('When the place in a trace is broken', () => {
  test.each([
    '',
    `00-${trace}-${span}`,
    `00-${trace}-${span}-01-more`,
    `00-${trace}-${span}-011`,
    `01-${trace}-${span}-01more`,
    `ff-${trace}-${span}-01`,
    `00-${'0'.repeat(32)}-${span}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `${traceparent}, ${traceparent}`,
    ` ${traceparent}`,
    `${traceparent}\n`,
  ])('%j is not passed on, nor is its state', broken => {
    expect(traceOf({ traceparent: broken, tracestate: 'a=1' })).toBeUndefined();
  });

  test('whatever comes in, what goes out may stand in a header', () => {
    const header = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map(end => `01-${trace}-${span}-01-${end}`),
    );
    fc.assert(
      fc.property(header, fc.string({ unit: 'binary' }), (came, tracestate) => {
        expect(() => new Headers(traceOf({ traceparent: came, tracestate }))).not.toThrow();
      }),
    );
  });
});
