import { execFile } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach } from '@jest/globals';
import { parse } from 'yaml';
import { temporaryFolder } from '../tests/support/temporary-folder.ts';
import { type TestSwarm, testSwarm } from './swarm/test-swarm.ts';
import { nodeOf } from './swarm/test-view.ts';

const run = promisify(execFile);
const used = ['docker-compose.yml', 'nginx', 'service3/cars.json', 'service4/colours.json', 'db'];
const images = { IMAGES: 'r:5000/motorpool', NGINX_IMAGE: 'r:5000/nginx:1.30' };

/** A clone in which somebody has added a service, its block in docker-compose.yml, before a swarm that has nothing. */
export type TestClone = TestSwarm & {
  /** The path of something in it. */
  at(path: string): string;
  /** Runs the deploy command there for a version, and gives what it printed. */
  command(...args: string[]): Promise<string>;
};

/** Makes such a clone for each test of this file; NGINX comes from the registry of the images. */
export function testClone(): TestClone {
  const swarm = testSwarm();
  let folder: string;
  beforeEach(async () => {
    folder = temporaryFolder('clone').path;
    for (const path of used) cpSync(path, join(folder, path), { recursive: true });
    const compose = readFileSync('docker-compose.yml', 'utf8');
    const [block = ''] = /^ {2}service2:\n(?: {4}.*\n)+/m.exec(compose) ?? [];
    const text = compose.replace(block, `${block}\n${block.replaceAll('service2', 'service5')}`);
    writeFileSync(join(folder, 'docker-compose.yml'), text);
    const variables: Record<string, string> = { VERSION: '1.2.3', ...images };
    const filled = text.replace(/\$\{(\w+):-(.*?)\}/g, (_all, name, fallback) => variables[name] ?? fallback);
    await swarm.docker.answer({ 'stack config': JSON.stringify(parse(filled, { merge: true })) });
    const kinds = ['services', 'networks', 'configs', 'secrets', 'containers'];
    swarm.engine.answers = {
      ...Object.fromEntries(kinds.map(kind => [`GET /${kind}`, []])),
      'GET /info': { Swarm: { NodeID: 'node1' } },
      'GET /nodes': [nodeOf('node1')],
      'POST /configs/create': { ID: 'made' },
      'DELETE /configs/': null,
    };
  });
  return {
    ...swarm,
    at: path => join(folder, path),
    async command(...args) {
      const all = ['--images', images.IMAGES, '--version', '1.2.3', ...args];
      const how = { cwd: folder, env: process.env };
      const child = run(process.execPath, [resolve('deploy/main.ts'), ...all], how);
      const { stdout, stderr } = await child.catch(error => error);
      return `${stdout}${stderr}`;
    },
  };
}
