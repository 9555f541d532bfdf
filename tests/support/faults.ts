import { startDeaf } from './deaf.ts';
import type { Mysql } from './mysql.ts';
import { databaseRubbish, type Speech, serviceRubbish, startRubbish } from './rubbish.ts';
import { startService } from './service.ts';
import type { System } from './system.ts';

/** What a draw depends on. */
export type Part = 'service2' | 'service3' | 'service4' | 'database';

/** A running system on MySQL. */
export type Breakable = { system: System; mysql: Mysql };

/** Breaks a part, and gives the function that brings it back. */
export type Fault = (running: Breakable) => Promise<() => Promise<void>>;

/** Every way to break every part, by what the part then does. */
export const faults: [part: Part, what: string, fault: Fault][] = [
  ...(['service2', 'service3', 'service4'] as const).flatMap(part =>
    Object.entries({
      'is killed': killed(part),
      hangs: hung(part),
      'drops every SYN': deaf(part),
      ...speaking(serviceRubbish, speech => impersonated(part, speech)),
    }).map(([what, fault]): [Part, string, Fault] => [part, what, fault]),
  ),
  ...Object.entries({
    'is killed': databaseKilled,
    hangs: databaseHung,
    'answers with errors': databaseWithoutTable,
    ...speaking(databaseRubbish, databaseImpersonated),
  }).map(([what, fault]): [Part, string, Fault] => ['database', what, fault]),
];

/** Kills a service; it comes back on the same port. */
export function killed(name: Exclude<Part, 'database'>): Fault {
  return async ({ system }) => {
    const { port } = system[name];
    system[name].kill('SIGKILL');
    await system[name].exited;
    return async () => {
      system[name] = await startService(name, { port });
    };
  };
}

/** Lets a service accept connections and never answer. */
export function hung(name: Exclude<Part, 'database'>): Fault {
  return async ({ system }) => {
    system[name].kill('SIGSTOP');
    return async () => system[name].kill('SIGCONT');
  };
}

/** Lets nothing come through to a service any more, as when its node is gone. */
export function deaf(name: Exclude<Part, 'database'>): Fault {
  return async running => {
    const start = await killed(name)(running);
    const { stop } = await startDeaf(running.system[name].port);
    return async () => {
      await stop();
      await start();
    };
  };
}

/** Lets MySQL accept connections and never answer. */
export async function databaseHung({ mysql }: Breakable) {
  mysql.pause();
  return async () => mysql.resume();
}

async function databaseKilled({ mysql }: Breakable) {
  await mysql.kill();
  return mysql.start;
}

async function databaseWithoutTable({ mysql }: Breakable) {
  await mysql.query('RENAME TABLE people TO gone', 'motorpool');
  return async () => void (await mysql.query('RENAME TABLE gone TO people', 'motorpool'));
}

function impersonated(name: Exclude<Part, 'database'>, speech: Speech): Fault {
  return async running => {
    const start = await killed(name)(running);
    const rubbish = await startRubbish(running.system[name].port, speech, 'when asked');
    return async () => {
      await rubbish.stop();
      await start();
    };
  };
}

function databaseImpersonated(speech: Speech): Fault {
  return async ({ mysql }) => {
    await mysql.kill();
    const rubbish = await startRubbish(mysql.port, speech, 'at once');
    return async () => {
      await rubbish.stop();
      await mysql.start();
    };
  };
}

function speaking(rubbish: Record<string, Speech>, impersonate: (speech: Speech) => Fault) {
  return Object.fromEntries(
    Object.entries(rubbish).map(([what, speech]) => [`says ${what}`, impersonate(speech)]),
  );
}
