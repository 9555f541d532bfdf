import { readFileSync } from 'node:fs';
import { ownCpuSeconds } from './noise.ts';

// A process of its own, started by noise.ts: says once a second what the machine did beside the lab.
const tickMs = 20;
const ticksPerSecond = 100; // of /proc/stat

let latest = 0;
let due = performance.now() + tickMs;
let before = await cpuSeconds();

setInterval(() => {
  const now = performance.now();
  latest = Math.max(latest, now - due);
  due = now + tickMs;
}, tickMs);

setInterval(async () => {
  const now = await cpuSeconds();
  const taken = now.all - before.all - (now.own - before.own);
  process.send?.({ at: Date.now(), outside: Math.max(0, taken), delay: latest });
  before = now;
  latest = 0;
}, 1000);

process.on('disconnect', () => process.exit());

/**
 * CPU seconds so far: of the lab, and of everybody who is not the kernel itself, which works for whoever asks it to,
 * `stolen` by other machines included. Where the lab's share is not known, only what was stolen counts.
 */
async function cpuSeconds(): Promise<{ all: number; own: number }> {
  const [user = 0, nice = 0, system = 0, , , , , steal = 0] = procStat();
  const own = await ownCpuSeconds();
  if (own === null) return { all: steal / ticksPerSecond, own: 0 };
  return { all: (user + nice + system + steal) / ticksPerSecond, own };
}

function procStat(): number[] {
  try {
    const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
    return line.split(/\s+/).slice(1).map(Number);
  } catch {
    return []; // not Linux
  }
}
