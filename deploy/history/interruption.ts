import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { DeployError, say } from '../report.ts';

const question =
  'Ctrl-C: `leave` ends this and leaves the stack as it is now, `back` puts back what ran before, anything else goes on: ';
let isBackWanted = false;

/** To be called wherever something is waited for: throws a DeployError, once, if somebody wants back what ran before. */
export function heedInterruption(): void {
  if (!isBackWanted) return;
  isBackWanted = false;
  throw new DeployError('somebody wants back what ran before');
}

/** Calls `leave` at a signal; but a Ctrl-C on a terminal asks first, and all goes on meanwhile. Gives what ends that. */
export function onInterruption(leave: () => void): () => void {
  let asked: Interface | undefined;
  const onCtrlC = async () => {
    if (!process.stdin.isTTY) return leave();
    if (asked) return; // npm passes on what the terminal has sent already
    asked = createInterface({ input: process.stdin, terminal: false });
    process.stderr.write(`\n${question}`);
    const [answer] = await Promise.race([once(asked, 'line'), once(asked, 'close')]);
    asked.close();
    asked = undefined;
    if (answer === 'leave') leave();
    isBackWanted = answer === 'back';
    if (isBackWanted) say('What ran before is put back, as soon as that can be done');
  };
  process.on('SIGINT', onCtrlC).on('SIGTERM', leave).on('SIGHUP', leave);
  return () => {
    process.off('SIGINT', onCtrlC).off('SIGTERM', leave).off('SIGHUP', leave);
    if (isBackWanted) say('`back` came too late: `rollback` goes back from what runs now');
    isBackWanted = false;
    asked?.close(); // or it would keep the process
  };
}
