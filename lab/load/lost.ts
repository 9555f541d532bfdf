import type { LoadResult } from './load.ts';

/** What is wrong if people are not there, of whom a load was told that they were added; `target` is asked. */
export async function lostOf(target: string | undefined, added: LoadResult['added']): Promise<string[]> {
  if (added.length === 0) return ['Nobody was added.'];
  const lost: string[] = [];
  for (const { id, name, at } of added) {
    const answer = await fetch(`${target}/people/${id}`, { headers: { Accept: 'application/json' } });
    const isThere = (await answer.text()).includes(JSON.stringify(name));
    if (!isThere) lost.push(`${id} ${name}, added at ${at} ms: ${answer.status}`);
  }
  if (lost.length === 0) return [];
  return [`${lost.length} of ${added.length} people answered 201 are lost: ${lost.slice(0, 3).join('; ')}`];
}
