import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** How a run ended. */
export type Ended = { code: number | null; output: string; archived: string[] };

/** A workspace with a Jenkinsfile in it, for one test. */
export type TestRun = {
  folder: string;
  /** Writes a file of the workspace. */
  write(path: string, text: string): void;
  /** Puts a program before all others on PATH. */
  program(name: string, script: string): void;
  /** Runs the Jenkinsfile with parameters like `VERSION=1.2.3`. */
  run(...parameters: string[]): Promise<Ended>;
  remove(): void;
};

/** The stages of a pipeline that has nothing else. */
export function pipelineOf(stages: string, more = ''): string {
  return `pipeline {\n agent { label 'motorpool' }\n stages {\n${stages}\n}\n${more}\n}`;
}

/** Makes a workspace; its credentials are `registry` (motorpool, s3cret-password) and `nodes` (a key that is none). */
export function makeTestRun(jenkinsfile: string): TestRun {
  const folder = mkdtempSync(join(tmpdir(), 'motorpool-pipeline-'));
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  put('workspace/Jenkinsfile', jenkinsfile);
  put('credentials/registry/username', 'motorpool\n');
  put('credentials/registry/password', 's3cret-password\n');
  put('credentials/nodes/key', 'the key\nfor the nodes\n');
  mkdirSync(join(folder, 'workspace/jenkins'));
  copyFileSync('jenkins/plugins.txt', join(folder, 'workspace/jenkins/plugins.txt'));
  return {
    folder: join(folder, 'workspace'),
    write: (path, text) => put(join('workspace', path), text),
    program(name, script) {
      put(join('bin', name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, 'bin', name), 0o755);
    },
    run: (...parameters) => runIn(folder, parameters),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function runIn(folder: string, parameters: string[]): Promise<Ended> {
  const [workspace, archive, credentials] = ['workspace', 'archive', 'credentials'].map(name =>
    join(folder, name),
  );
  const args = ['lab/pipeline/run.sh', workspace, archive, credentials, '7', ...parameters] as string[];
  return new Promise((resolve, reject) => {
    const child = spawn('bash', args, { env: { ...process.env, PATH: `${folder}/bin:${process.env.PATH}` } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('close', code => {
      const archived = readdirSync(archive as string, { recursive: true, encoding: 'utf8' });
      resolve({ code, output, archived });
    });
  });
}
