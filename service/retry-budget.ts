/** How much may be tried again. */
export type RetryBudget = ReturnType<typeof createRetryBudget>;

const retriesPerCall = 0.2;
const mostRetriesAtOnce = 50;

/**
 * Where everybody is slow, several tries each would only make it worse: so of all calls a fifth may be tried again, and
 * some at once, as when a replica dies. (Finagle's retry budget, which neither undici nor cockatiel has.)
 */
export function createRetryBudget() {
  let retriesAllowed = mostRetriesAtOnce;
  return {
    /** Counts a call that is made for the first time. */
    earn(): void {
      retriesAllowed = Math.min(mostRetriesAtOnce, retriesAllowed + retriesPerCall);
    },

    /** Whether one more may be tried again; if so, it is counted. */
    spend(): boolean {
      if (retriesAllowed < 1) return false;
      retriesAllowed -= 1;
      return true;
    },
  };
}
