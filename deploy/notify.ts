import { DeployError, say } from './report.ts';

/** An address to post to. Throws a DeployError that does not say it, for a part of it may be secret. */
export function checkedAddress(text: string): string {
  const { protocol = '', username = '', password = '' } = URL.parse(text) ?? {};
  if (!/^https?:$/.test(protocol) || username || password)
    throw new DeployError('--notify takes an http(s) address without a user.');
  return text;
}

const patienceMs = 10_000;

/** How a command ended. */
export type Result = { command: string; stack: string; isWell: boolean; cause: string | null };

/**
 * Posts how a command ended, as JSON: to an Alertmanager as an alert, if it was one to change the stack. That it cannot be
 * posted is said, and fails nothing.
 */
export async function notify(address: string, result: Result, isChange: boolean): Promise<void> {
  const isAlertmanager = URL.parse(address)?.pathname.endsWith('/api/v2/alerts');
  if (isAlertmanager && !isChange) return;
  const posted = isAlertmanager ? [alertOf(result)] : result;
  try {
    const headers = { 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(patienceMs);
    const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(posted), signal });
    if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  } catch (error) {
    // Not the whole address, for a part of it may be secret.
    say(`Nobody was notified at ${URL.parse(address)?.host ?? 'that address'}: ${(error as Error).message}`);
  }
}

// Without an end an Alertmanager takes an alert back after minutes; and one whose end it thinks to come goes on.
const forgottenAfterMs = 30 * 86_400_000;
const clocksDifferMs = 600_000;

/** An alert that fires when a command has failed, and ends when one ends well. */
function alertOf({ command, stack, isWell, cause }: Result): object {
  const now = isWell ? Date.now() - clocksDifferMs : Date.now();
  return {
    labels: { alertname: 'DeployFailed', severity: 'ticket', stack },
    annotations: {
      summary: `\`${command}\` of ${stack} failed: ${cause}`,
      remedy: '`npm run deploy -- status` says what runs now; mend what the summary names, and deploy again.',
    },
    startsAt: new Date(now),
    endsAt: new Date(isWell ? now : now + forgottenAfterMs),
  };
}
