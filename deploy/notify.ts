import { DeployError, say } from './report.ts';

/** An address to post to. Throws a DeployError that does not say it, for a part of it may be secret. */
export function checkedAddress(text: string): string {
  const { protocol = '', username = '', password = '' } = URL.parse(text) ?? {};
  if (!/^https?:$/.test(protocol) || username || password)
    throw new DeployError('--notify takes an http(s) address without a user.');
  return text;
}

const patienceMs = 10_000;

/** Posts how a command ended, as JSON. That it cannot be posted is said, and fails nothing. */
export async function notify(address: string, result: object): Promise<void> {
  try {
    const headers = { 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(patienceMs);
    const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(result), signal });
    if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  } catch (error) {
    // Not the whole address, for a part of it may be secret.
    say(`Nobody was notified at ${URL.parse(address)?.host ?? 'that address'}: ${(error as Error).message}`);
  }
}
