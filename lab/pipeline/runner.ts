import { mkdirSync } from 'node:fs';
import { type Pipeline, type Word, wordsOf } from './jenkinsfile.ts';
import { type Agent, type Build, log, runSteps } from './steps.ts';

/**
 * Runs a pipeline as Jenkins does, but for its options: it has one agent and one build at a time, and waits for its end.
 */
export async function runPipeline({ parameters, block }: Pipeline, agent: Agent): Promise<Build> {
  const set = Object.fromEntries(wordsOf(block, 'environment').map(({ given }) => given));
  const build: Build = {
    ...agent,
    environment: { ...agent.environment, ...parameters, CI: 'true', ...set },
    ...{ began: Date.now(), result: 'SUCCESS', hasFailed: false, output: '' },
    ...{ secrets: [], masked: 0, ran: [] },
  };
  mkdirSync(agent.archive, { recursive: true });
  await runStages(wordsOf(block, 'stages'), build);
  log(build, `Finished: ${build.result}`);
  return build;
}

async function runStages(stages: Word[], build: Build): Promise<void> {
  for (const { given, block } of stages) {
    const [name = ''] = given;
    const isWanted = wordsOf(block, 'when').every(condition => holds(condition, build));
    if (build.hasFailed || !isWanted) {
      const why = build.hasFailed ? 'earlier failure(s)' : 'when conditional';
      log(build, `Stage "${name}" skipped due to ${why}`);
      continue;
    }
    log(build, `[Pipeline] { (${name})`);
    const steps = wordsOf(block, 'steps');
    if (steps.length > 0) build.ran.push(name);
    await runGuarded(steps, build);
    await runStages(wordsOf(block, 'stages'), build);
    await runPost(wordsOf(block, 'post'), build);
    log(build, `[Pipeline] } // ${name}`);
  }
}

// In the order of Jenkins, whatever the order in the file.
async function runPost(post: Word[], build: Build): Promise<void> {
  await runGuarded(wordsOf(post, 'always'), build);
  if (build.result === 'SUCCESS') await runGuarded(wordsOf(post, 'success'), build);
}

async function runGuarded(steps: Word[], build: Build): Promise<void> {
  try {
    await runSteps(steps, build);
  } catch (problem) {
    log(build, `ERROR: ${(problem as Error).message}`);
    build.hasFailed = true;
    build.result = 'FAILURE';
  }
}

/** Whether a condition of a stage's `when` holds for a build. */
function holds({ word, given, block }: Word, build: Build): boolean {
  const [one, other] = given;
  const { environment, result } = build;
  const rules: Record<string, () => boolean> = {
    beforeAgent: () => true,
    anyOf: () => block.some(inner => holds(inner, build)),
    not: () => !block.some(inner => holds(inner, build)),
    expression: () => block.every(inner => holds(inner, build)),
    ANY: () => one === other, // a parameter's value, and a text
    'currentBuild.currentResult': () => result === one,
    branch: () => environment.BRANCH_NAME === one,
    changeRequest: () => Boolean(environment.CHANGE_ID),
    environment: () => environment[one ?? ''] === other,
  };
  return rules[word]?.() ?? false;
}
