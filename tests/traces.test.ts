import { json } from 'node:stream/consumers';
import { beforeAll, expect, test } from '@jest/globals';
import { startDeaf } from './support/deaf.ts';
import { inTime } from './support/in-time.ts';
import { describeWith } from './support/missing.ts';
import { startNginx } from './support/nginx.ts';
import { startReplica } from './support/replica.ts';
import { send } from './support/send.ts';
import { services } from './support/service.ts';
import { startSystem } from './support/system.ts';

type Span = {
  service: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  traceState?: string;
  name: string;
  kind: 2 | 3; // SERVER, CLIENT
  status: { code: number };
  facts: Record<string, string>;
};

type Attribute = { key: string; value: { arrayValue?: { values: object[] } } };

type Exported = {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: { spans: (Omit<Span, 'service' | 'facts'> & { attributes: Attribute[] })[] }[];
  }[];
};

const [server, client] = [2, 3];
const [traceId, parentId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];

/** Someone to whom all spans are sent, and those that have come so far. */
async function startCollector() {
  const spans: Span[] = [];
  const { port } = await startReplica('127.0.0.1', 0, async (request, response) => {
    spans.push(...spansOf((await json(request)) as Exported));
    response.setHeader('Content-Type', 'application/json').end('{}');
  });
  return { spans, port };
}

/** The spans of one export: https://opentelemetry.io/docs/specs/otlp/#otlphttp-request */
function spansOf({ resourceSpans }: Exported): Span[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(factsOf(resource.attributes)['service.name']);
    const spans = scopeSpans.flatMap(scope => scope.spans);
    return spans.map(({ attributes, ...span }) => ({ ...span, service, facts: factsOf(attributes) }));
  });
}

function factsOf(attributes: Attribute[]): Record<string, string> {
  return Object.fromEntries(
    attributes.map(({ key, value: { arrayValue, ...value } }) => [
      key,
      String(Object.values(arrayValue?.values[0] ?? value)[0]),
    ]),
  );
}

describeWith(['nginx'], 'When spans are collected', () => {
  let spans: Span[];
  const tracesOf = (id: string) => spans.filter(({ traceId }) => traceId === id);
  const rootOf = (id: string) =>
    spans.find(
      ({ service, facts }) => service === 'service1' && facts['http.request.header.x-request-id'] === id,
    );

  beforeAll(async () => {
    const collector = await startCollector();
    spans = collector.spans;
    const settings = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}`,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    };
    const system = await startSystem({
      overrides: Object.fromEntries(services.map(name => [name, settings])),
    });
    const nginx = await startNginx({ port: system.service1.port, replicas: ['127.0.0.1'] });
    const ask = (path: string, id: string, headers: Record<string, string> = {}) =>
      send(nginx.url, path, { headers: { 'X-Request-Id': id, ...headers } });
    await ask('/', 'a-draw', { traceparent: `00-${traceId}-${parentId}-01`, tracestate: 'vendor=1' });
    await ask('/', 'a-broken-place', { traceparent: `00-${traceId}-${parentId}-1` });
    await ask('/nowhere', 'unrecorded', { traceparent: `00-${'9'.repeat(32)}-${parentId}-00` });
    await system.service4.stop();
    await ask('/', 'without-service4');
    await system.stop(); // which sends what is left
  });

  test('a draw is one span a step, each below the one that asked for it', () => {
    const draw = tracesOf(traceId);
    const [root] = draw.filter(({ parentSpanId }) => parentSpanId === parentId);
    expect(root).toMatchObject({ service: 'service1', kind: server, name: 'GET /' });
    const steps = draw.filter(({ parentSpanId }) => parentSpanId === root?.spanId);
    expect(steps.map(({ facts }) => facts['server.address'])).toEqual(
      expect.arrayContaining(['database', 'service2', 'service3', 'service4']),
    );
    for (const { kind, service, facts, spanId } of steps) {
      expect([service, kind]).toEqual(['service1', client]);
      const below = draw.filter(({ parentSpanId }) => parentSpanId === spanId);
      const asked = facts['server.address'] === 'database' ? [] : [[facts['server.address'], server]];
      expect(below.map(({ service, kind }) => [service, kind])).toEqual(asked);
    }
    expect(draw.map(({ traceState }) => traceState)).toEqual(draw.map(() => 'vendor=1'));
  });

  test('a broken place in a trace is the start of a new one', () => {
    const begun = rootOf('a-broken-place');
    expect(begun?.parentSpanId).toBeUndefined();
    expect(begun?.traceId).not.toBe(traceId);
    expect(new Set(tracesOf(String(begun?.traceId)).map(({ service }) => service))).toEqual(
      new Set(services),
    );
  });

  test('a trace that its caller does not record is not sent', () => {
    expect(tracesOf('9'.repeat(32))).toEqual([]);
  });

  test('a part that fails is seen in its span, and in that of the request', () => {
    const failed = tracesOf(String(rootOf('without-service4')?.traceId)).filter(
      ({ status }) => status.code === 2,
    );
    expect(new Set(failed.map(({ facts }) => facts['server.address']))).toEqual(
      new Set(['service4', undefined]),
    );
  });
});

test('who collects spans and does not answer holds up neither a draw nor a stop', async () => {
  const { port } = await startDeaf();
  const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
  const system = await startSystem({ overrides: Object.fromEntries(services.map(name => [name, settings])) });
  for (let draw = 0; draw < 20; draw += 1) expect(await send(system.url, '/')).toMatchObject({ status: 200 });
  await inTime(8000, system.stop());
});
