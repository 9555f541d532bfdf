import type { AxiosAdapter } from 'axios';
import type { Dispatcher, Pool } from 'undici';

/**
 * Lets axios send over a pool of undici's connections, which keeps them alive and costs a third of node:http's agent.
 * It gives text, whatever the status; `Host` names the service, not the pool's address.
 */
export function undiciAdapter(pool: Pool, host: string): AxiosAdapter {
  return config => {
    const headers = { ...config.headers.toJSON(), host } as Record<string, string>;
    const request = { method: 'GET', path: config.url ?? '/', headers } as const;
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const response = { status: 0, statusText: '', headers: {}, config };
      // undici's own `request` would make a stream of every small body.
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart(controller) {
          const { signal } = config;
          if (signal?.aborted) controller.abort(new Error('aborted'));
          else signal?.addEventListener?.('abort', () => controller.abort(new Error('aborted')));
        },
        onResponseStart(_controller, status, { 'x-instance': instance, 'x-version': version }) {
          response.status = status;
          // Of the headers only those that say who answered: axios copies each.
          response.headers = { 'x-instance': instance, 'x-version': version };
        },
        onResponseData: (_controller, chunk) => void chunks.push(chunk),
        onResponseEnd: () => resolve({ ...response, data: Buffer.concat(chunks).toString() }),
        onResponseError: (_controller, error) => reject(error),
      };
      pool.dispatch(request, handler);
    });
  };
}
