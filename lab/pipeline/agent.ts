import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findPart } from '../../tests/support/parts.ts';

/** A run of the Jenkinsfile of a workspace. */
export type Build = {
  workspace: string;
  /** The folder for the reports, the credentials' folder, and the only folder of the agent's PATH. */
  archive: string;
  credentials: string;
  path: string;
  number: number;
  /** What the agent has in its environment beside its PATH. */
  environment: Record<string, string>;
  parameters: Record<string, string>;
};

/** How it ended: its exit code, all that it printed, what was published, and the secrets seen in arguments of processes. */
export type Built = { code: number; output: string; archived: string[]; exposed: string[]; seconds: number };

/** Where the outputs of all runs are kept. */
const logFolder = 'test-output/lab/pipeline';

/** Runs a Jenkinsfile, and looks all the time whether one of the `secrets` stands in the arguments of a process. */
export async function build(given: Build, secrets: string[]): Promise<Built> {
  const began = performance.now();
  const { workspace, archive, credentials, number, parameters } = given;
  const args = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  const runner = resolve('lab/pipeline/run.sh');
  const child = spawn('bash', [runner, workspace, archive, credentials, String(number), ...args], {
    cwd: workspace,
    env: environmentOf(given),
  });
  process.once('exit', () => child.kill());
  const exposed = new Set<string>();
  const watch = setInterval(() => {
    for (const line of commandLines()) {
      if (secrets.some(secret => line.includes(secret))) exposed.add(line.slice(0, 60));
    }
  }, 250);
  const { code, output } = await ended(child);
  clearInterval(watch);
  mkdirSync(logFolder, { recursive: true });
  writeFileSync(join(logFolder, `${number}.log`), output);
  const archived = readdirSync(archive, { recursive: true, encoding: 'utf8' });
  return { code, output, archived, exposed: [...exposed], seconds: (performance.now() - began) / 1000 };
}

// An agent is not started by npm, as this process is.
function environmentOf({ path, environment }: Build): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^npm_(?!config_(registry|cache)$)/.test(name));
  return { ...Object.fromEntries(own), ...environment, PATH: path, GROOVY: findPart('groovy') };
}

function ended(child: ChildProcess): Promise<{ code: number; output: string }> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((end, fail) => {
    child.once('error', fail);
    child.once('close', code => end({ code: code ?? 1, output }));
  });
}

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        return [readFileSync(join('/proc', pid, 'cmdline'), 'utf8')];
      } catch {
        return []; // it has ended meanwhile
      }
    });
}
