import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { run } from '../run.ts';

/** A fresh clone of the repository, as Jenkins keeps one for a job from build to build. */
export type Workspace = {
  folder: string;
  /**
   * Commits what `change` does to the clone, on top of the commit of the repository and nothing else. Gives the version
   * that the pipeline calls it.
   */
  commit(change: (folder: string) => Promise<void>): Promise<string>;
};

let made: Promise<Workspace> | undefined;

/** The workspace of all pipeline runs of this process, made when it is first asked for and removed at the end. */
export function pipelineWorkspace(): Promise<Workspace> {
  made ??= makeWorkspace();
  return made;
}

async function makeWorkspace(): Promise<Workspace> {
  const folder = await mkdtemp(join(tmpdir(), 'motorpool-jenkins-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const clone = join(folder, 'workspace');
  const git = (...args: string[]) => run('git', ['-C', clone, ...args]);
  await run('git', ['clone', '--quiet', '.', clone]);
  await git('config', 'user.name', 'Motorpool lab');
  await git('config', 'user.email', 'lab@motorpool.invalid');
  const first = await git('rev-parse', 'HEAD');
  return {
    folder: clone,
    async commit(change) {
      await git('reset', '--quiet', '--hard', first);
      await git('clean', '--quiet', '-d', '--force');
      await change(clone);
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '--message', 'A commit of the lab');
      return run('bash', [join(clone, 'scripts/version.sh')]);
    },
  };
}

// Jenkins' agent has no database, proxy or browser: the tests that need them are skipped there.
const notOnAgent = /^(mysqld?|mariadbd?|nginx|chromium.*|google-chrome.*)$/;

/** Makes the folder that is all of the agent's PATH: links to the programs of this machine that the agent has too. */
export async function makeAgentPath(folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const linked = new Set<string>();
  for (const from of (process.env.PATH ?? '').split(delimiter).filter(path => !/node_modules/.test(path))) {
    for (const name of await readdir(from).catch(() => [])) {
      if (linked.has(name) || notOnAgent.test(name)) continue;
      linked.add(name);
      await symlink(join(from, name), join(folder, name));
    }
  }
  return folder;
}
