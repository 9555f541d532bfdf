import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedPlugins, pluginOf } from '../../jenkins/plugins.ts';
import type { Pipeline, Post, Stage } from './reader.ts';
import { cookie, endAll, signalAll } from './shell.ts';
import { Aborted, type Agent, type Build, log, runSteps, worsen } from './steps.ts';

/** How long `post` may take after a timeout, as in Jenkins. */
const graceMs = 60_000;
const unitsMs = { SECONDS: 1000, MINUTES: 60_000, HOURS: 3_600_000 };
/** The last build of each workspace, whether it is over or not. */
const lastBuilds = new Map<string, Promise<unknown>>();

/**
 * Runs a pipeline as Jenkins does; after the one that has the workspace now, where builds at once are switched off.
 * Throws an Error if it needs a plugin that the workspace's plugins.txt does not pin.
 */
export async function runPipeline(pipeline: Pipeline, agent: Agent): Promise<Build> {
  expectPlugins(pipeline, readFileSync(join(agent.workspace, 'jenkins/plugins.txt'), 'utf8'));
  const before = pipeline.options.disableConcurrentBuilds && lastBuilds.get(agent.workspace);
  const build = Promise.resolve(before).then(() => run(pipeline, agent));
  lastBuilds.set(
    agent.workspace,
    build.catch(() => {}),
  );
  return build;
}

function expectPlugins(pipeline: Pipeline, plugins: string): void {
  const pinned = pinnedPlugins(plugins);
  const words = new Set(['pipeline']);
  JSON.stringify(pipeline, (key, value) => {
    words.add(key);
    return value;
  });
  for (const word of words) {
    const plugin = pluginOf[word];
    if (plugin && !pinned.includes(plugin))
      throw new Error(`\`${word}\` comes from the plugin ${plugin}, which plugins.txt does not pin.`);
  }
}

async function run(
  { options, parameters, environment, stages, post }: Pipeline,
  agent: Agent,
): Promise<Build> {
  const { timeout } = options;
  const began = Date.now();
  const ofJenkins = {
    ...{ CI: 'true', JOB_NAME: 'motorpool', WORKSPACE: agent.workspace },
    ...{ BUILD_NUMBER: String(agent.number), [cookie]: randomUUID() },
  };
  const build: Build = {
    ...agent,
    ...{ began, deadline: timeout ? began + timeout.time * unitsMs[timeout.unit] : Number.POSITIVE_INFINITY },
    environment: { ...agent.environment, ...parameters, ...ofJenkins, ...environment },
    ...{ result: 'SUCCESS', secrets: [], masked: 0, output: '', ran: [], skipped: [] },
  };
  const kill = () => signalAll(ofJenkins[cookie], 'SIGKILL');
  process.once('exit', kill);
  mkdirSync(agent.archive, { recursive: true });
  await runStages(stages, build);
  await runPost(post, build);
  await endAll(ofJenkins[cookie]);
  process.off('exit', kill);
  log(build, `Finished: ${build.result}`);
  return build;
}

async function runStages(stages: Stage[], build: Build): Promise<void> {
  for (const stage of stages) {
    const isFailed = ['FAILURE', 'ABORTED'].includes(build.result);
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

// In the order of Jenkins, whatever the order in the file. A block that fails does not keep the others from running.
async function runPost(post: Post, build: Build): Promise<void> {
  for (const condition of ['always', 'aborted', 'failure', 'success', 'unstable'] as const) {
    const steps = post[condition];
    if (!steps || (condition !== 'always' && condition !== build.result.toLowerCase())) continue;
    log(build, `[Pipeline] { (Post: ${condition})`);
    await guarded(build, () => runSteps(steps, build));
  }
}

async function guarded(build: Build, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (problem) {
    log(build, `ERROR: ${(problem as Error).message}`);
    const isAborted = problem instanceof Aborted;
    if (isAborted && build.result !== 'ABORTED') build.deadline = Date.now() + graceMs;
    worsen(build, isAborted ? 'ABORTED' : 'FAILURE');
  }
}
