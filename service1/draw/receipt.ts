import { CallError } from '@motorpool/service/call.ts';
import { requestContext } from '@motorpool/service/context.ts';
import { rounded } from '@motorpool/service/rounded.ts';
import { fairMs } from '@motorpool/service/time-limit.ts';

/** The parts of a draw. */
export type Part = 'service2' | 'database' | 'service3' | 'service4';

/** What a part did for a draw. Times are in milliseconds, `startedAt` since the draw began. */
export type Step = {
  instance: string | null;
  version: string | null;
  startedAt: number;
  milliseconds: number;
  error: string | null;
};

/** How a draw came about. */
export type Receipt = { requestId: string; steps: Partial<Record<Part, Step>> };

/** The words for a part in sentences. */
const partNames: Record<Part, string> = {
  service2: 'the number service',
  database: 'the database',
  service3: 'the car service',
  service4: 'the colour service',
};

// Timers may be early by a millisecond or so.
const timerMs = 5;

/** A part of a draw failed; the message is made for users, the cause for logs. */
export class PartError extends Error {
  readonly part: Part;

  constructor(part: Part, cause: unknown, what = 'did not answer') {
    super(`${partNames[part]} ${what}`, { cause });
    this.part = part;
  }
}

/** Who answered a step; a step that was asked twice adds up. */
type Answered = { instance: string | null; version: string | null };

/**
 * Begins the receipt of the current request; `time` does a step and writes it down, and throws a PartError. It names the
 * part that failed, or, if that had hardly any time before the deadline, the one that had used it up.
 */
export function beginReceipt(deadline: number) {
  const began = performance.now();
  const context = requestContext.getStore();
  const receipt: Receipt = { requestId: context?.requestId ?? '', steps: {} };

  function write(part: Part, startedAt: number, who: Answered, error: string | null): void {
    const milliseconds = performance.now() - startedAt;
    context?.timings.push([part, milliseconds]);
    const earlier = receipt.steps[part];
    receipt.steps[part] = {
      instance: who.instance,
      version: who.version,
      startedAt: earlier?.startedAt ?? rounded(startedAt - began),
      milliseconds: rounded(milliseconds + (earlier?.milliseconds ?? 0)),
      error,
    };
  }

  async function time<Result extends Answered>(part: Part, work: () => Promise<Result>): Promise<Result> {
    const startedAt = performance.now();
    try {
      const result = await work();
      write(part, startedAt, result, null);
      return result;
    } catch (error) {
      const nobody = { instance: null, version: null };
      const isOver = performance.now() > deadline - timerMs;
      if (deadline - startedAt >= fairMs || !isOver) {
        write(part, startedAt, nobody, reasonOf(error));
        throw new PartError(part, error);
      }
      write(part, startedAt, nobody, 'had no time left');
      throw new PartError(slowest(), error, 'took too long');
    }
  }

  /** The slowest of those that wait for each other. */
  function slowest(): Part {
    const took = (part: Part) => receipt.steps[part]?.milliseconds ?? 0;
    return (['service2', 'database', 'service4'] as const).reduce((a, b) => (took(b) > took(a) ? b : a));
  }

  return { receipt, time };
}

/** Why a step failed, in words that may be shown; what a database says of itself is for the log. */
function reasonOf(error: unknown): string {
  return error instanceof CallError ? error.message : 'did not answer';
}
