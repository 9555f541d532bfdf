import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@motorpool/service/log.ts';
import type { People } from './people.ts';

const partSize = 200;
const tries = 5;
const pauseMs = 250;
const restMs = 1000;

/**
 * Adds the names of the list that are not loaded yet, and gives how many these were: each once, however often this was
 * interrupted, and however many do it at the same time, for a part is added together with the note that it is, and the
 * database takes no second note of the same part. Throws a DatabaseError when nobody gets on.
 */
export async function loadList(people: People, names: string[]): Promise<number> {
  let added = 0;
  let last = -1;
  for (let failures = 0; ; ) {
    try {
      const before = await people.loaded();
      if (before === null) return added;
      if (before !== last) failures = 0;
      last = before;
      const part = names.slice(before, before + partSize);
      await people.addPart(before, part);
      added += part.length;
    } catch (error) {
      // Somebody else may have added the part, or the database was too slow for a moment.
      failures += 1;
      if (failures === tries) throw error;
      await pause(100 * failures);
    }
  }
}

/**
 * Loads the list as soon as the database can be asked, and if later nobody is there any more looks whether it is another
 * one, that has not got the list. Goes on until what it gives is called.
 */
export function keepLoaded(people: People, names: string[], log: Logger): () => void {
  const closing = new AbortController();
  let said = '';
  void (async () => {
    for (let isLoaded = false; !closing.signal.aborted; ) {
      if (!isLoaded || people.seatsLately() === 0) isLoaded = await isLoadedNow();
      const ms = isLoaded ? restMs : pauseMs;
      await pause(ms, undefined, { signal: closing.signal, ref: false }).catch(() => {});
    }
  })();
  return () => closing.abort();

  async function isLoadedNow(): Promise<boolean> {
    try {
      const added = await loadList(people, names);
      if (added > 0) log.info({ people: added }, 'the list of people was loaded');
      await people.seats();
      return true;
    } catch (error) {
      if (hasNoList(error)) return true;
      const { message } = error as Error;
      if (message !== said && !closing.signal.aborted) log.warn({ err: error }, 'the list of people waits');
      said = message;
      return false;
    }
  }
}

/** Whether a database was made before there was a list_parts, or by somebody else: it has its people. */
function hasNoList(error: unknown): boolean {
  const { cause } = error as Error;
  return (
    Error.isError(cause) &&
    'code' in cause &&
    /^ER_(NO_SUCH_TABLE|TABLEACCESS_DENIED_ERROR)$/.test(String(cause.code))
  );
}
