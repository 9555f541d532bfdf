import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A docker client that a test made up. */
export type TestDocker = {
  /** What it prints for commands by how they begin; a command that is not there fails. Each call adds some. */
  answer(answers: Record<string, string>): Promise<void>;
  /** The commands it was given. */
  commands(): Promise<string[]>;
  remove(): Promise<void>;
};

/** Puts a made-up client in the place of docker's, for all that this test file runs. */
export async function startTestDocker(): Promise<TestDocker> {
  const folder = await mkdtemp(join(tmpdir(), 'motorpool-docker-'));
  const [client, log] = [join(folder, 'docker'), join(folder, 'log')];
  const known = new Map<string, string>();
  const docker: TestDocker = {
    async answer(answers) {
      for (const [command, printed] of Object.entries(answers)) known.set(command, printed);
      const cases = [...known].map(([command, printed]) => `${quoted(command)}*) echo ${quoted(printed)} ;;`);
      const others = '*) echo "the swarm does not have a leader" >&2; exit 1 ;;';
      const script = `#!/usr/bin/env bash\necho "$*" >>${quoted(log)}\ncase "$*" in\n${[...cases, others].join('\n')}\nesac\n`;
      await writeFile(client, script);
      await chmod(client, 0o755);
    },
    commands: async () => (await readFile(log, 'utf8')).trim().split('\n'),
    remove: () => rm(folder, { recursive: true }),
  };
  await docker.answer({});
  process.env.MOTORPOOL_DOCKER = client;
  return docker;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
