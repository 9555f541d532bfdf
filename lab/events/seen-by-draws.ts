import type { LoadResult } from '../load.ts';

/** For what no health check sees: requests fail until the deploy command draws and puts back what ran before. */
export const seenByDrawsOnly = {
  allowed: { failed: Number.POSITIVE_INFINITY },
  check: async ({ failed }: LoadResult) =>
    failed > 0 ? [] : ['nobody noticed: then a health check has seen it, and this text is wrong'],
};
