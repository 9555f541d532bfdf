import { hostname, userInfo } from 'node:os';
import { withShortDigests } from '../publish/images.ts';
import { DeployError, say } from '../report.ts';
import { keep, readKept, relabel, removeKept } from './kept.ts';

/**
 * How an attempt to change the stack ended. One that is `under way`, though nobody holds the stack, was interrupted.
 */
export type Outcome = 'ran well' | 'untouched' | 'put back' | 'half-made' | 'under way';

/** An attempt as the swarm remembers it. */
export type Attempt = {
  number: number;
  what: string;
  who: string;
  since: string;
  outcome: Outcome;
  /** Why it failed. */
  cause: string;
};

/** To be called before the first change: from then on whoever dies leaves word that the stack is half-made. */
export type Touch = () => Promise<void>;

const kept = 10;
const key = 'motorpool.attempt';

/** The attempts that are remembered of a stack, ten at most, oldest first. */
export async function readAttempts(stack: string): Promise<Attempt[]> {
  const configs = await readKept('configs', { label: [`${key}-of=${stack}`] });
  return configs
    .map(({ Spec: { Labels } }) => ({
      number: Number(Labels[key]),
      what: `${Labels[`${key}.what`]}`,
      who: `${Labels[`${key}.who`]}`,
      since: `${Labels[`${key}.since`]}`,
      outcome: Labels[`${key}.outcome`] as Outcome,
      cause: Labels[`${key}.cause`] ?? '',
    }))
    .sort((one, other) => one.number - other.number);
}

/** Whether the last attempt that touched something left neither the release before nor the one that was wanted. */
export function isHalfMade(attempts: Attempt[]): boolean {
  const last = attempts.findLast(({ outcome }) => outcome !== 'untouched');
  return /^(half-made|under way)$/.test(last?.outcome ?? '');
}

/**
 * Does `work`, and lets the swarm remember how it ended: as an attempt that failed, with its cause, also if nothing was
 * touched; as one that ran well if something was. Throws what `work` throws.
 */
export async function recorded<Value>(
  stack: string,
  what: string,
  work: (touch: Touch) => Promise<Value>,
): Promise<Value> {
  let name: string | null = null;
  const note = async (outcome: Outcome, cause = '') => {
    name = await record(stack, name, what, outcome, cause);
  };
  try {
    const value = await work(() => note('under way'));
    if (name !== null) await note('ran well').catch(unnoted);
    return value;
  } catch (error) {
    const touched = name === null ? 'untouched' : 'half-made';
    const outcome = error instanceof DeployError && error.isPutBack ? 'put back' : touched;
    await note(outcome, error instanceof Error ? error.message : String(error)).catch(unnoted);
    throw error;
  }
}

async function record(
  stack: string,
  name: string | null,
  what: string,
  outcome: Outcome,
  cause: string,
): Promise<string> {
  const ending = {
    [`${key}.outcome`]: outcome,
    [`${key}.cause`]: withShortDigests(cause).slice(0, 2000),
  };
  if (name !== null) {
    await relabel('configs', name, ending);
    return name;
  }
  const attempts = await readAttempts(stack);
  const number = (attempts.at(-1)?.number ?? 0) + 1;
  const beginning = { [`${key}-of`]: stack, [key]: `${number}`, [`${key}.what`]: what };
  const origin = { [`${key}.who`]: whoAmI(), [`${key}.since`]: new Date().toISOString() };
  const made = `${stack}_attempt_${number}`;
  await keep('configs', made, { ...beginning, ...origin, ...ending }, what);
  // Those that touched nothing go first: of the others the last one says whether the stack is half-made.
  const wasUntouched = (attempt: Attempt) => attempt.outcome === 'untouched';
  const oldest = [...attempts.filter(wasUntouched), ...attempts.filter(one => !wasUntouched(one))];
  for (const old of oldest.slice(0, Math.max(0, attempts.length + 1 - kept)))
    await removeKept('configs', `${stack}_attempt_${old.number}`);
  return made;
}

/** Who runs this, and where: in Jenkins the name of the build. */
export function whoAmI(): string {
  const { BUILD_TAG: build, SUDO_USER: user } = process.env;
  return `${build ?? user ?? userInfo().username} on ${hostname()}`;
}

function unnoted(error: Error): void {
  say(`How it ended is not noted: ${error.message}`);
}
