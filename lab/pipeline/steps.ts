import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Step, Steps } from './reader.ts';
import { keepArtifacts, readCoverage, readTests } from './reports.ts';
import { runScript } from './shell.ts';

/** Where a pipeline runs, and with what. */
export type Agent = {
  workspace: string;
  /** The folder in which published reports and artifacts are kept. */
  archive: string;
  /** The parts of each of the credentials: username and password, or key. */
  credentials: Record<string, Record<string, string>>;
  environment: NodeJS.ProcessEnv;
  number: number;
};

/** What becomes of a build, the best first. */
const results = ['SUCCESS', 'UNSTABLE', 'FAILURE', 'ABORTED'] as const;

/** A build, and what has become of it so far. */
export type Build = Agent & {
  /** When it began and until when steps may run, in ms since 1970. */
  began: number;
  deadline: number;
  result: (typeof results)[number];
  output: string;
  /** What is masked in the output now, and how often that was needed. */
  secrets: string[];
  masked: number;
  /** The stages whose steps ran, and those that were skipped. */
  ran: string[];
  skipped: string[];
};

/** Thrown where the time of a build is over. */
export class Aborted extends Error {
  constructor() {
    super('Timeout has been exceeded');
  }
}

/** Makes a build's result worse, never better. */
export function worsen(build: Build, result: Build['result']): void {
  if (results.indexOf(result) > results.indexOf(build.result)) build.result = result;
}

/** Adds a line to a build's output. Secrets are masked as Jenkins masks them. */
export function log(build: Build, line: string): void {
  let shown = line;
  for (const secret of build.secrets) {
    const parts = shown.split(secret);
    build.masked += parts.length - 1;
    shown = parts.join('****');
  }
  build.output += `${shown}\n`;
}

/** Runs steps one after the other, with the variables that shell scripts see. Throws an Error at the first that fails. */
export async function runSteps(steps: Step[], build: Build, variables = build.environment): Promise<void> {
  for (const step of steps) {
    if (Date.now() > build.deadline) throw new Aborted();
    log(build, `[Pipeline] ${Object.keys(step)}`);
    if ('echo' in step) log(build, step.echo);
    else if ('sh' in step) await runShell(step.sh, build, variables);
    else if ('withCredentials' in step) await runWithCredentials(step.withCredentials, build, variables);
    else if ('junit' in step) publishTests(step.junit, build);
    else if ('recordCoverage' in step) publishCoverage(step.recordCoverage, build);
    else publishArtifacts(step.archiveArtifacts, build);
  }
}

async function runShell(script: string, build: Build, variables: NodeJS.ProcessEnv): Promise<void> {
  const { code, output } = await runScript(script, build.workspace, variables, build.deadline);
  for (const line of output.match(/.+|\n(?=\n)/g) ?? []) log(build, line);
  if (code === null) throw new Aborted();
  if (code !== 0) throw new Error(`script returned exit code ${code}`);
}

async function runWithCredentials(
  { bindings, steps }: Steps['withCredentials'],
  build: Build,
  variables: NodeJS.ProcessEnv,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'motorpool-credentials-'));
  const { secrets } = build;
  const bound: Record<string, string> = {};
  try {
    for (const binding of bindings) {
      if ('usernamePassword' in binding) {
        const { credentialsId, usernameVariable, passwordVariable } = binding.usernamePassword;
        const password = partOf(build, credentialsId, 'password');
        bound[usernameVariable] = partOf(build, credentialsId, 'username');
        bound[passwordVariable] = password;
        build.secrets = [...build.secrets, password];
      } else {
        const { credentialsId, keyFileVariable } = binding.sshUserPrivateKey;
        const file = join(folder, `ssh-key-${credentialsId}`);
        await writeFile(file, partOf(build, credentialsId, 'key'), { mode: 0o600 });
        bound[keyFileVariable] = file;
        build.secrets = [...build.secrets, file]; // the path, as Jenkins does
      }
    }
    await runSteps(steps, build, { ...variables, ...bound });
  } finally {
    build.secrets = secrets;
    await rm(folder, { recursive: true });
  }
}

function partOf({ credentials }: Build, id: string, name: string): string {
  const part = credentials[id]?.[name];
  if (!part) throw new Error(`There are no credentials \`${id}\` with a ${name}.`);
  return part;
}

function publishTests(pattern: string, build: Build): void {
  const { total, failed, skipped } = readTests(build, pattern);
  log(build, `${total} tests, ${failed} failed, ${skipped} skipped`);
  if (failed > 0) worsen(build, 'UNSTABLE');
}

function publishCoverage({ tools, enabledForFailure }: Steps['recordCoverage'], build: Build): void {
  if (['FAILURE', 'ABORTED'].includes(build.result) && !enabledForFailure) {
    log(build, `Skipping execution of coverage recorder since overall result is '${build.result}'`);
    return;
  }
  for (const { pattern } of tools)
    log(build, `${readCoverage(build, pattern).toFixed(1)} % of the lines are covered`);
}

function publishArtifacts({ artifacts, allowEmptyArchive }: Steps['archiveArtifacts'], build: Build): void {
  const kept = keepArtifacts(build, artifacts);
  if (kept === 0 && !allowEmptyArchive)
    throw new Error(`No artifacts found that match the file pattern \`${artifacts}\`.`);
  log(build, `${kept} artifacts are kept`);
}
