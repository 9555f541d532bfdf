import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Word } from './jenkinsfile.ts';
import { keep, publishCoverage, publishTests } from './reports.ts';

/** Where a pipeline runs, and with what. */
export type Agent = {
  workspace: string;
  /** The folder in which published reports and artifacts are kept. */
  archive: string;
  /** The parts of each of the credentials: username and password, or key. */
  credentials: Record<string, Record<string, string>>;
  environment: NodeJS.ProcessEnv;
  /** What somebody answers who is asked. */
  approves: boolean;
};

/** A build, and what has become of it so far. */
export type Build = Agent & {
  /** When it began, in ms since 1970. */
  began: number;
  result: 'SUCCESS' | 'UNSTABLE' | 'FAILURE';
  /** Whether a step has failed, after which no stage runs. A result alone stops nothing. */
  hasFailed: boolean;
  output: string;
  /** What is masked in the output now, and how often that was needed. */
  secrets: string[];
  masked: number;
  /** The stages whose steps ran, and those that were skipped. */
  ran: string[];
  skipped: string[];
};

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
export async function runSteps(steps: Word[], build: Build, variables = build.environment): Promise<void> {
  for (const { word, given, block } of steps) {
    log(build, `[Pipeline] ${word}`);
    if (word === 'sh') await runShell(given as string, build, variables);
    if (word === 'withCredentials') await runWithCredentials(given as Binding[], block, build, variables);
    if (word === 'input' && !build.approves) throw new Error('Rejected by somebody');
    if (word === 'junit') publishTests(given as string, build);
    if (word === 'recordCoverage') publishCoverage((given as Coverage).tools[0].pattern, build);
    if (word === 'archiveArtifacts') keep((given as { artifacts: string }).artifacts, 'artifacts', build);
  }
}

type Coverage = { tools: [{ pattern: string }] };

/** What `withCredentials` binds to variables. */
type Binding =
  | { usernamePassword: { credentialsId: string; usernameVariable: string; passwordVariable: string } }
  | { sshUserPrivateKey: { credentialsId: string; keyFileVariable: string } };

// As Jenkins: with -xe and without standard input; what a script leaves in the background is not waited for.
async function runShell(script: string, build: Build, variables: NodeJS.ProcessEnv): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'motorpool-step-'));
  const output = await open(join(folder, 'output'), 'a+');
  const child = spawn('/bin/sh', ['-xec', script], {
    ...{ cwd: build.workspace, env: variables, detached: true, stdio: ['ignore', output.fd, output.fd] },
  });
  // A lab that dies ends the step that it started.
  const end = () => process.kill(-Number(child.pid), 'SIGKILL');
  process.once('exit', end);
  try {
    const [code] = await once(child, 'exit');
    const printed = readFileSync(join(folder, 'output'), 'utf8');
    for (const line of printed.match(/.+|\n(?=\n)/g) ?? []) log(build, line);
    if (code !== 0) throw new Error(`script returned exit code ${code}`);
  } finally {
    process.off('exit', end);
    await output.close();
    await rm(folder, { recursive: true });
  }
}

async function runWithCredentials(
  bindings: Binding[],
  steps: Word[],
  build: Build,
  variables: NodeJS.ProcessEnv,
): Promise<void> {
  // Beside the workspace, as Jenkins does, whatever its path has in it.
  await mkdir(`${build.workspace}@tmp`, { recursive: true });
  const folder = await mkdtemp(join(`${build.workspace}@tmp`, 'secretFiles-'));
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
