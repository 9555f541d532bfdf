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
  /** The stages whose steps ran; all others were skipped. */
  ran: string[];
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
  for (const step of steps) {
    const { word, given } = step;
    const [text = ''] = given;
    log(build, `[Pipeline] ${word}`);
    if (word === 'sh') await runShell(text, build, variables);
    if (word === 'withCredentials') await runWithCredentials(step, build, variables);
    if (word === 'input' && !build.approves) throw new Error('Rejected by somebody');
    if (word === 'junit') publishTests(text, build);
    if (word === 'recordCoverage') publishCoverage(text, build);
    if (word === 'archiveArtifacts') keep(text, 'artifacts', build);
  }
}

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

// A password, and maybe a key in a file beside the workspace, as Jenkins puts it, whatever its path has in it.
async function runWithCredentials(
  { given: [login = '', username = '', password = '', nodes, keyFile = ''], block }: Word,
  build: Build,
  variables: NodeJS.ProcessEnv,
): Promise<void> {
  const { secrets } = build;
  const secret = partOf(build, login, 'password');
  const bound = { ...variables, [username]: partOf(build, login, 'username'), [password]: secret };
  await mkdir(`${build.workspace}@tmp`, { recursive: true });
  const folder = await mkdtemp(join(`${build.workspace}@tmp`, 'secretFiles-'));
  build.secrets = [...secrets, secret];
  try {
    if (nodes) {
      const file = join(folder, `ssh-key-${nodes}`);
      await writeFile(file, partOf(build, nodes, 'key'), { mode: 0o600 });
      bound[keyFile] = file;
      build.secrets.push(file); // the path, as Jenkins does
    }
    await runSteps(block, build, bound);
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
