import type { Event, Finding } from '../event.ts';
import type { Load } from '../load/load.ts';
import type { Stack } from '../stack.ts';
import { until } from '../until.ts';
import { ensureVersion, good, isIn } from './shared/ensure.ts';
import { sql } from './shared/inside.ts';
import { answered, deployed, startingTogether, together } from './shared/under-load.ts';

const group = 'More deploys';

/** Deploys when something is not as usual. */
export default function moreDeployEvents(stack: Stack): Event[] {
  return [
    {
      name: 'A deploy is killed in the middle, and another one comes too soon',
      group,
      promise:
        'The other one is refused and told who holds the stack; afterwards a rollback goes back to what ran well before, and no request fails.',
      load: startingTogether,
      prepare: () => ensureVersion(stack),
      happen: load => killInTheMiddle(stack, load),
      restore: () => ensureVersion(stack),
    },
    {
      name: 'Nobody is in the table',
      group,
      promise: 'A deploy, a rollback and a new password take that for a healthy answer, and put nobody in.',
      load: null,
      prepare: () => ensureVersion(stack),
      happen: load => deployWithoutPeople(stack, load),
      async restore() {
        await sql(stack, 'CREATE TABLE IF NOT EXISTS away SELECT id, name FROM people LIMIT 0');
        await sql(stack, 'INSERT INTO people (id, name) SELECT id, name FROM away; DROP TABLE away');
        await ensureVersion(stack);
      },
    },
  ];
}

async function killInTheMiddle(stack: Stack, load: Load): Promise<Finding> {
  const deploying = stack.deploy(['--version', '1.2.0']);
  await until('the deploy has begun to change services', () => isUnderWay(stack), 60);
  const second = await stack.deploy(['--version', good]);
  const holder = await labelOf(stack, 'motorpool_lock', 'motorpool.holder');
  const [, number] = /^process (\d+) on /.exec(holder) ?? [];
  if (!number) throw new Error(`The lock does not say who holds it: ${holder}`);
  load.mark('killed');
  process.kill(Number(number), 'SIGKILL');
  const first = await deploying;
  const problems = first.code === 0 ? ['the deploy was over before it could be killed'] : [];
  if (second.code === 0 || !second.output.includes(`Another deploy holds the stack (${holder})`))
    problems.push(`the other one was not told who holds the stack: ${second.output.slice(-500)}`);
  const rollback = await deployed(stack, load, ['rollback'], 'rollback');
  await answered(load);
  if (!(await isIn(stack, good))) problems.push('what ran well before does not run');
  return together([{ problems, figures: {} }, rollback]);
}

async function isUnderWay(stack: Stack): Promise<boolean> {
  const names = await stack.docker(['config', 'ls', '--format', '{{.Name}}']);
  const attempts = names.split('\n').filter(name => name.startsWith('motorpool_attempt_'));
  const outcomes = attempts.map(name => labelOf(stack, name, 'motorpool.attempt.outcome'));
  return (await Promise.all(outcomes)).includes('under way');
}

function labelOf(stack: Stack, config: string, label: string): Promise<string> {
  return stack.docker(['config', 'inspect', '--format', `{{index .Spec.Labels "${label}"}}`, config]);
}

async function deployWithoutPeople(stack: Stack, load: Load): Promise<Finding> {
  await sql(stack, 'CREATE TABLE away SELECT id, name FROM people; DELETE FROM people');
  const findings: Finding[] = [];
  for (const args of [['--version', '1.2.0'], ['rollback'], ['rotate-password']])
    findings.push(await deployed(stack, load, args, args.join(' ')));
  const left = await sql(stack, 'SELECT COUNT(*) FROM people');
  const problems = left === '0' ? [] : [`${left} people are there`];
  return together([...findings, { problems, figures: {} }]);
}
