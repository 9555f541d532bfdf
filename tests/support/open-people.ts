import { readSettings } from '@motorpool/service/settings.ts';
import { connectMysql } from '../../service1/database/mysql.ts';
import { createPeople, type People } from '../../service1/people/people.ts';
import { declaration } from '../../service1/settings.ts';
import { type DatabaseAccess, mysqlSettings } from './system.ts';

/** The people of a database of MySQL's, as service 1 reaches them. */
export function openPeople(access: DatabaseAccess): People {
  return createPeople(connectMysql(readSettings(declaration, mysqlSettings(access))));
}
