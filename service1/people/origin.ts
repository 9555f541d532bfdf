import { ServiceError } from '@motorpool/service/errors.ts';

/**
 * Refuses, with 403, what a browser sends from a page of another origin. A browser names that origin in each POST;
 * a client that is no browser sends no `Origin`, and may. Without a host, as in HTTP/1.0, every origin is another one.
 */
export function refuseForeignOrigin(origin: string | undefined, host: string | undefined): void {
  if (origin === undefined || (host && URL.parse(origin)?.host === host)) return;
  throw new ServiceError({
    status: 403,
    title: 'This came from another site',
    detail: 'A person can only be added from our own page. Open /people and add them there.',
  });
}
