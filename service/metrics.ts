import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What a service counts and times, for Prometheus. */
export type Metrics = ReturnType<typeof createMetrics>;

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/**
 * The metrics of one service: durations of requests and calls, retries, and what was refused for being busy. All of them
 * carry its name and these labels.
 */
export function createMetrics(service: string, labels: Record<string, string> = {}) {
  const registry = new Registry();
  registry.setDefaultLabels({ service, ...labels });
  // Every 10 ms, as is usual, the look at the event loop's delay would be most of what a service at rest does.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long requests took, by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers: [registry],
  });
  const calls = new Histogram({
    name: 'call_duration_seconds',
    help: 'How long calls to other services and the database took, by target and outcome.',
    labelNames: ['target', 'outcome'],
    buckets,
    registers: [registry],
  });
  const retries = new Counter({
    name: 'call_retries_total',
    help: 'Calls that were tried again, by target.',
    labelNames: ['target'],
    registers: [registry],
  });
  const refused = new Counter({
    name: 'http_requests_refused_total',
    help: 'Requests that were answered with 503 because the replica was busy, by kind.',
    labelNames: ['kind'],
    registers: [registry],
  });
  const allowed = new Gauge({
    name: 'http_requests_allowed',
    help: 'How many requests of a kind are worked on at a time, at most.',
    labelNames: ['kind'],
    registers: [registry],
  });
  return { registry, requests, calls, retries, refused, allowed };
}
