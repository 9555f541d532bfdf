import { mkdirSync } from 'node:fs';
import type { Pipeline, Post, Stage } from './reader.ts';
import { type Agent, type Build, log, runSteps } from './steps.ts';

/** Runs a pipeline as Jenkins does, but for its options. */
export async function runPipeline(
  { parameters, environment, stages, post }: Pipeline,
  agent: Agent,
): Promise<Build> {
  const build: Build = {
    ...agent,
    environment: { ...agent.environment, ...parameters, CI: 'true', ...environment },
    ...{ began: Date.now(), result: 'SUCCESS', secrets: [], masked: 0, output: '', ran: [], skipped: [] },
  };
  mkdirSync(agent.archive, { recursive: true });
  await runStages(stages, build);
  await runPost(post, build);
  log(build, `Finished: ${build.result}`);
  return build;
}

async function runStages(stages: Stage[], build: Build): Promise<void> {
  for (const stage of stages) {
    const isFailed = build.result === 'FAILURE';
    if (isFailed || !stage.runs) {
      const why = isFailed ? 'earlier failure(s)' : 'when conditional';
      log(build, `Stage "${stage.name}" skipped due to ${why}`);
      build.skipped.push(stage.name);
      continue;
    }
    log(build, `[Pipeline] { (${stage.name})`);
    if (stage.steps) build.ran.push(stage.name);
    await guarded(build, () => runSteps(stage.steps ?? [], build));
    await runStages(stage.stages ?? [], build);
    await runPost(stage.post, build);
    log(build, `[Pipeline] } // ${stage.name}`);
  }
}

// In the order of Jenkins, whatever the order in the file.
async function runPost(post: Post, build: Build): Promise<void> {
  await guarded(build, () => runSteps(post.always ?? [], build));
  if (build.result === 'SUCCESS') await guarded(build, () => runSteps(post.success ?? [], build));
}

async function guarded(build: Build, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (problem) {
    log(build, `ERROR: ${(problem as Error).message}`);
    build.result = 'FAILURE';
  }
}
