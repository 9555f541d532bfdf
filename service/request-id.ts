import { randomUUID } from 'node:crypto';

const trusted = /^[A-Za-z0-9._-]{8,128}$/;

/**
 * The id of a request: the one it came with, if its length and alphabet are those of an id, else a new one.
 * A foreign id ends up in logs and pages, hence the check (after hono's request-id).
 */
export function requestIdOf(header: string | undefined): string {
  return header !== undefined && trusted.test(header) ? header : randomUUID();
}
