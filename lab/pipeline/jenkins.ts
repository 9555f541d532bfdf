import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { inventoryOf, writeSettings } from '../ansible.ts';
import { registryPassword, sshKey } from '../credentials.ts';
import { knownHosts, nodes } from '../nodes.ts';
import { openLabRegistry, registryUser } from '../release.ts';
import { dockerClient, run } from '../run.ts';
import { readJenkinsfile } from './jenkinsfile.ts';
import { runPipeline } from './runner.ts';
import type { Agent, Build } from './steps.ts';

/** A build that is over: also what was published, the secrets seen in arguments of processes, and what it took. */
export type Built = Build & { archived: string[]; exposed: string[]; seconds: number };

/** What stands in for a Jenkins of the lab: a workspace, the two credentials, an agent. */
export type Jenkins = {
  /** A fresh clone of the repository, as Jenkins keeps one for a job from build to build. */
  workspace: string;
  /**
   * Commits what `change` does to the workspace, on top of the commit of the repository and nothing else. Gives the
   * version that the pipeline calls it.
   */
  commit(change?: (workspace: string) => Promise<void>): Promise<string>;
  /** Runs the workspace's Jenkinsfile with parameters. Throws an Error if it cannot be read. */
  build(parameters: Record<string, string>): Promise<Built>;
  /** The names of the secrets of which a part stands in a text. */
  secretsIn(text: string): string[];
};

/** Where the outputs of all builds are kept. */
const logFolder = 'test-output/lab/pipeline';
let builds = 0;
let opened: Promise<Jenkins> | undefined;

const keysChecked = ['-o', 'StrictHostKeyChecking=yes', '-o', `UserKnownHostsFile=${knownHosts}`];

/** All that a Jenkins would have of the lab, made when it is first asked for, and removed with this process. */
export function openJenkins(): Promise<Jenkins> {
  opened ??= makeJenkins();
  return opened;
}

async function makeJenkins(): Promise<Jenkins> {
  const folder = await mkdtemp(join(tmpdir(), 'motorpool-jenkins-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const workspace = join(folder, 'a workspace%2Fmain'); // as some Jenkins names one
  const git = (...args: string[]) => run('git', ['-C', workspace, ...args]);
  await run('git', ['clone', '--quiet', '.', workspace]);
  await git('config', 'user.name', 'Motorpool lab');
  await git('config', 'user.email', 'lab@motorpool.invalid');
  const first = await git('rev-parse', 'HEAD');
  const password = await registryPassword();
  const key = await readFile(sshKey, 'utf8');
  const inventory = join(folder, 'inventory.yml');
  // Without the key for the hosts: that comes from Jenkins' credentials.
  await writeFile(inventory, inventoryOf(nodes, keysChecked));
  // The password as it is, and as clients of registries write it; whole lines of the key but the first and the last.
  const secrets: Record<string, string[]> = {
    "the registry's password": [password, Buffer.from(`${registryUser}:${password}`).toString('base64')],
    'the SSH key': key.trim().split('\n').slice(1, -1),
  };
  // An agent is not started by npm, as this process is.
  const own = Object.entries(process.env).filter(([name]) => !/^npm_(?!config_(registry|cache)$)/.test(name));
  const path = (process.env.PATH ?? '').split(delimiter).filter(one => !/node_modules/.test(one));
  const environment = {
    ...Object.fromEntries(own),
    ...{ PATH: path.join(delimiter), BRANCH_NAME: 'main' },
    ...{ SETTINGS: await writeSettings(), MOTORPOOL_DOCKER: await dockerClient() },
  };
  const credentials = { registry: { username: registryUser, password }, nodes: { key } };
  return {
    workspace,
    async commit(change = async () => {}) {
      await git('reset', '--quiet', '--hard', first);
      await git('clean', '--quiet', '-d', '--force');
      await change(workspace);
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '--message', 'A commit of the lab');
      return run('bash', [join(workspace, 'scripts/version.sh')]);
    },
    async build(parameters) {
      builds += 1;
      const { local, close } = await openLabRegistry();
      const agent: Agent = {
        ...{ workspace, archive: join(folder, `archive-${builds}`), credentials, approves: true },
        environment: { ...environment, REGISTRY: local },
      };
      const given = { INVENTORY: inventory, ...parameters };
      return build(agent, given, Object.values(secrets).flat()).finally(close);
    },
    secretsIn: text => Object.keys(secrets).filter(name => secrets[name]?.some(part => text.includes(part))),
  };
}

async function build(agent: Agent, parameters: Record<string, string>, secrets: string[]): Promise<Built> {
  const jenkinsfile = await readFile(join(agent.workspace, 'Jenkinsfile'), 'utf8');
  const pipeline = readJenkinsfile(jenkinsfile, parameters);
  const exposed = new Set<string>();
  const watch = setInterval(async () => {
    for (const process of await readdir('/proc')) {
      // What is no process has no command line, nor has one that has ended meanwhile.
      const line = await readFile(join('/proc', process, 'cmdline'), 'utf8').catch(() => '');
      if (secrets.some(secret => line.includes(secret))) exposed.add(line.slice(0, 60));
    }
  }, 250);
  const built = await runPipeline(pipeline, agent).finally(() => clearInterval(watch));
  await mkdir(logFolder, { recursive: true });
  await writeFile(join(logFolder, `${builds}.log`), built.output);
  const archived = await readdir(agent.archive, { recursive: true });
  return { ...built, archived, exposed: [...exposed], seconds: (Date.now() - built.began) / 1000 };
}
