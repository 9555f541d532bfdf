import { createBase } from '@motorpool/service/service.ts';
import { readSettings } from '@motorpool/service/settings.ts';
import { start } from '@motorpool/service/start.ts';
import { createApp } from './app.ts';
import { connectMysql } from './database/mysql.ts';
import { readNames } from './database/seed.ts';
import { openSqlite } from './database/sqlite.ts';
import { timed } from './database/timed.ts';
import { createRemotes } from './draw/remotes.ts';
import { keepLoaded, loadList } from './people/load.ts';
import { createPeople } from './people/people.ts';
import { checkTogether, declaration } from './settings.ts';

await start(async environment => {
  const settings = readSettings(declaration, environment);
  checkTogether(settings);
  const names = readNames();
  const base = createBase('service1', settings);
  const database = settings.DB_HOST
    ? connectMysql(settings)
    : openSqlite(settings.DB_FILE, settings.INSTANCE);
  const people = createPeople(timed(database, base.metrics));
  if (!settings.DB_HOST) await loadList(people, names);
  // MySQL may come later than service 1.
  const stopLoading = settings.DB_HOST ? keepLoaded(people, names, base.log) : () => {};
  const remotes = createRemotes(settings, base.metrics);
  const close = async () => {
    stopLoading();
    await Promise.all([people.close(), remotes.close()]);
  };
  const service = createApp({ ...base, settings }, { people, remotes });
  // Where replicas take each other's place; elsewhere nobody waits for it.
  return settings.NODE_ENV === 'production' ? { service, close, warmUpPath: '/' } : { service, close };
});
