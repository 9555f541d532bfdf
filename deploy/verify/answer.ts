import { setTimeout as pause } from 'node:timers/promises';
import { fetchDirectly } from './fetch-directly.ts';

/** What came back: 0 and no body if nothing did; and the replica of service 1 that answered, in which version. */
export type Answer = { status: number; body: string; version: string | null; replica: string | null };

const patienceMs = 3000;

/** Asks as a user does. Whoever says that it is busy is asked again, up to ten times: that is no fault of a release. */
export async function ask(address: string, form: string, triesLeft = 10): Promise<Answer> {
  try {
    const response = await fetchDirectly(address, {
      headers: { Accept: form },
      signal: AbortSignal.timeout(patienceMs),
    });
    const body = await response.text();
    if (response.status === 503 && /\bbusy\b/i.test(body) && triesLeft > 0) {
      await pause(1000 * Number(response.headers.get('Retry-After') ?? 1));
      return ask(address, form, triesLeft - 1);
    }
    const [version, replica] = ['X-Version', 'X-Instance'].map(name => response.headers.get(name));
    return { status: response.status, body, version: version ?? null, replica: replica ?? null };
  } catch (error) {
    const body = `no answer (${error instanceof Error ? error.message : error})`;
    return { status: 0, body, version: null, replica: null };
  }
}

/** Whether there is nobody to draw: the answer of a release that is well, and of a table without people. */
export function isOfEmptyTable({ status, body }: Answer): boolean {
  return status === 503 && body.includes('nobody to draw');
}

/** The part that failed, as a problem in JSON names it; else service 1 where it answered, and NGINX where nobody did. */
export function culpritOf({ body, replica }: Answer): string {
  return inJson<Problem>(body)?.failures?.[0]?.part ?? (replica ? 'service1' : 'nginx');
}

/** Who answered, in which version; null if the answer is none of a draw. */
export function versionsOf({ body, version }: Answer): [string, string | null][] | null {
  const steps = inJson<Draw>(body)?.receipt?.steps;
  if (!steps) return null;
  const parts = ['service2', 'service3', 'service4'];
  return [
    ['service1', version],
    ...parts.map(name => [name, steps[name]?.version ?? null] as [string, string | null]),
  ];
}

/** Of what `/ready` says, the parts that are not up; a database without people is well. */
export function partsDown({ body }: Answer): string[] {
  const parts = inJson<Readiness>(body)?.parts;
  if (!parts) return ['service1'];
  return Object.keys(parts).filter(name => !/^(up|empty)$/.test(`${parts[name]?.state}`));
}

type Problem = { failures?: { part: string }[] };
type Draw = { receipt?: { steps?: Record<string, { version?: string } | undefined> } };
type Readiness = { parts?: Record<string, { state: string } | undefined> };

function inJson<Value>(body: string): Value | null {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
