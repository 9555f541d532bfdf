import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker } from '../engine.ts';
import type { Event, Finding } from '../event.ts';
import { run } from '../run.ts';

const project = 'motorpool-lab-compose';

/** The same file on one machine, without a swarm. */
export function composeEvents(): Event[] {
  return [
    {
      name: 'docker compose up --build',
      group: 'Compose',
      promise:
        'From a fresh clone it brings up the whole system, which draws through NGINX; `down -v` leaves nothing.',
      load: null,
      happen: composeUp,
    },
  ];
}

async function composeUp(): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), 'motorpool-clone-'));
  const compose = (...args: string[]) =>
    docker(['compose', '--project-name', project, '--project-directory', folder, ...args], {
      environment: { HTTP_PORT: '18080' },
    });
  const began = performance.now();
  try {
    await run('git', ['clone', '--quiet', '.', folder]);
    await compose('up', '--build', '--detach', '--wait');
    const took = `${((performance.now() - began) / 1000).toFixed(0)} s`;
    const answer = await fetch('http://127.0.0.1:18080/', { headers: { Accept: 'text/plain' } });
    const sentence = await answer.text();
    const problems = / drives an? \w+ \w+\.\n$/.test(sentence)
      ? []
      : [`NGINX answered ${answer.status}: ${sentence}`];
    await compose('down', '--volumes');
    return {
      problems: [...problems, ...(await left())],
      figures: { 'up after': took, 'it said': sentence.trim() },
    };
  } finally {
    await compose('down', '--volumes', '--remove-orphans').catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

async function left(): Promise<string[]> {
  const label = ['--filter', `label=com.docker.compose.project=${project}`];
  const lists = await Promise.all([
    docker(['ps', '--all', '--format', 'container {{.Names}}', ...label]),
    docker(['volume', 'ls', '--format', 'volume {{.Name}}', ...label]),
    docker(['network', 'ls', '--format', 'network {{.Name}}', ...label]),
  ]);
  return lists
    .flatMap(list => list.split('\n'))
    .filter(line => line !== '')
    .map(line => `is left: ${line}`);
}
