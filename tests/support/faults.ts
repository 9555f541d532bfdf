import { startDeaf } from './deaf.ts';
import type { Mysql } from './mysql.ts';
import { databaseRubbish, type Speech, serviceRubbish, startRubbish } from './rubbish.ts';
import { type Service, startService } from './service.ts';
import type { System } from './system.ts';

/** What a draw depends on. */
export type Part = 'service2' | 'service3' | 'service4' | 'database';

/** A running system on MySQL. */
type Breakable = { system: System; mysql: Mysql };

/** Breaks a part, and gives the function that brings it back. */
type Fault = (running: Breakable) => Promise<() => unknown>;

const services = ['service2', 'service3', 'service4'] as const;

/** Every way to break every part, by what the part then does. */
export const faults: [part: Part, what: string, fault: Fault][] = [
  ...services.flatMap(part => faultsOf(part, spoken(part, serviceRubbish, 'when asked'))),
  ...faultsOf('database', {
    'answers with errors': withoutTable,
    ...spoken('database', databaseRubbish, 'at once'),
  }),
];

function faultsOf(part: Part, more: Record<string, Fault>): [Part, string, Fault][] {
  const deaf = replaced(part, startDeaf); // nothing comes through to it, as when its node is gone
  const all = { 'is killed': replaced(part), hangs: hung(part), 'drops every SYN': deaf, ...more };
  return Object.entries(all).map(([what, fault]) => [part, what, fault]);
}

function spoken(part: Part, rubbish: Record<string, Speech>, when: 'when asked' | 'at once') {
  return Object.fromEntries(
    Object.entries(rubbish).map(([what, speech]) => [
      `says ${what}`,
      replaced(part, port => startRubbish(port, speech, when)),
    ]),
  );
}

/** Lets a part accept connections and never answer. */
export function hung(part: Part): Fault {
  return async ({ system, mysql }) => {
    const { pause, resume } = part === 'database' ? mysql : signalled(system[part]);
    pause();
    return resume;
  };
}

/** Kills a part, and puts something else in its place, until it comes back on the same port. */
function replaced(part: Part, by?: (port: number) => Promise<{ stop(): Promise<void> }>): Fault {
  return async ({ system, mysql }) => {
    const { port } = part === 'database' ? mysql : system[part];
    if (part === 'database') await mysql.kill();
    else {
      system[part].kill('SIGKILL');
      await system[part].exited;
    }
    const other = await by?.(port);
    return async () => {
      await other?.stop();
      if (part === 'database') await mysql.start();
      else system[part] = await startService(part, { port });
    };
  };
}

function signalled({ kill }: Service) {
  return { pause: () => kill('SIGSTOP'), resume: () => kill('SIGCONT') };
}

async function withoutTable({ mysql }: Breakable) {
  await mysql.query('RENAME TABLE people TO gone', 'motorpool');
  return () => mysql.query('RENAME TABLE gone TO people', 'motorpool');
}
