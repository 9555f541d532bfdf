import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import { testSwarm } from '../swarm/test-swarm.ts';

const from = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
const program = `
  const { heedInterruption } = await import(${from('interruption.ts')});
  const { whileLocked } = await import(${from('lock.ts')});
  await whileLocked('motorpool', 0, async () => {
    console.log('it goes on');
    for (let left = 400; left > 0; left -= 1, heedInterruption()) await new Promise(go => setTimeout(go, 50));
  }).catch(error => { console.log('it failed: ' + error.message); process.exit(1); });`;
const { engine } = testSwarm();

beforeEach(() => {
  engine.answers = { 'POST /configs/create': { ID: 'lock' }, DELETE: null };
});

/** Runs that on a terminal, on which somebody presses Ctrl-C and answers what is asked, each time. */
async function interrupted(...answers: string[]) {
  const file = join(temporaryFolder('interruption').path, 'program.mjs');
  writeFileSync(file, program);
  const child = spawn('script', ['-qec', `exec ${process.execPath} ${file}`, '/dev/null'], {
    env: process.env,
  });
  let seen = '';
  child.stdout.setEncoding('utf8').on('data', text => {
    const before = seen;
    seen += text;
    const has = (line: string) => seen.split(line).length > before.split(line).length;
    if (has('it goes on\r\n')) child.stdin.write('\x03');
    if (!has('anything else goes on: ')) return;
    child.stdin.write(`${answers.shift()}\n`);
    if (answers.length > 0) setTimeout(() => child.stdin.write('\x03'), 500);
  });
  const [code] = await once(child, 'close');
  return { code, seen };
}

const onTerminals = process.platform === 'linux' ? test : test.skip; // elsewhere `script` is another program

onTerminals('a Ctrl-C on a terminal asks, and all goes on until somebody wants to leave it so', async () => {
  const { code, seen } = await interrupted('', 'leave');
  expect(code).toBe(130);
  expect(seen.match(/Ctrl-C: `leave`/g)).toHaveLength(2);
  expect(seen).toContain('Interrupted. What was begun is noted');
  expect(engine.requests.at(-1)).toBe('DELETE /configs/motorpool_lock');
});

onTerminals('or what ran before back', async () => {
  const { code, seen } = await interrupted('back');
  expect(code).toBe(1);
  expect(seen).toContain('it failed: somebody wants back what ran before');
  expect(engine.requests.at(-1)).toBe('DELETE /configs/motorpool_lock');
});
