import type { Stack } from '../../stack.ts';

/** The first person in a taxi, in the colours of colours.json. */
export const amberTaxi = 'Amelia drives an amber taxi.\n';

/** Draws somebody; gives the sentence, and the version that said it. Throws with what else is answered. */
export async function draw(address: string): Promise<{ sentence: string; version: string | null }> {
  const answer = await fetch(address, { headers: { Accept: 'text/plain' } });
  const sentence = await answer.text();
  if (!/ drives an? \w+ \w+\.\n$/.test(sentence))
    throw new Error(`${address} answered ${answer.status}: ${sentence}`);
  return { sentence: sentence.trim(), version: answer.headers.get('X-Version') };
}

/** Draws the first person in a taxi several times through every NGINX, and gives what else than `sentence` came. */
export async function wrongDraws(stack: Stack, sentence: string): Promise<string[]> {
  const addresses = Array.from({ length: 4 }, () => stack.targets).flat();
  const headers = { Accept: 'text/plain' };
  const drawn = await Promise.all(
    addresses.map(async address => {
      const answer = await fetch(`${address}/draws/1/taxi`, { headers, signal: AbortSignal.timeout(5000) });
      return answer.text();
    }),
  );
  const wrong = drawn.filter(text => text !== sentence).map(text => text.trim());
  return [...new Set(wrong)].map(text => `person 1 is drawn as "${text}"`);
}
