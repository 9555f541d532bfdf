import { commonSettings } from '@motorpool/service/common-settings.ts';
import {
  certificates,
  oneOf,
  optionalServiceUrl,
  optionalText,
  type Settings,
  SettingsError,
  serviceUrl,
  text,
  wholeNumber,
} from '@motorpool/service/settings.ts';
import { addressRanges } from './fleet/lookers.ts';

/** The settings of service 1. */
export const declaration = {
  ...commonSettings(5000),
  DB_HOST: optionalText(
    "MySQL's host, or those of a group's members (a,b,c); without it the embedded database is used",
  ),
  DB_PORT: wholeNumber("MySQL's port", 1, 65535, 3306),
  DB_NAME: text('the name of the database', 'motorpool'),
  DB_USER: text('the user who may read and add people', 'motorpool'),
  DB_PASSWORD: optionalText('the password of that user'),
  DB_SSL_MODE: oneOf(
    "how connections to MySQL are protected, in the words of MySQL's --ssl-mode",
    ['DISABLED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'],
    'DISABLED',
  ),
  DB_SSL_CA: certificates("who may have signed MySQL's certificate; without it whom Node.js knows"),
  DB_FILE: text('the file of the embedded database', 'db/motorpool.sqlite'),
  SERVICE2_URL: serviceUrl('where service 2 is', 'http://localhost:5001'),
  SERVICE3_URL: serviceUrl('where service 3 is', 'http://localhost:5002'),
  SERVICE4_URL: serviceUrl('where service 4 is', 'http://localhost:5003'),
  FLEET_FOR: addressRanges('the addresses that may see /fleet; without it nobody may'),
  FLEET_WANTED: wholeNumber('how many replicas of each service there should be; 0: not known', 0, 10_000, 0),
  SERVICE1_URL: optionalServiceUrl('where all of service 1 is, for /fleet; without it only this instance'),
  NGINX_URL: optionalServiceUrl(
    'where NGINX is, for /fleet and the metrics; without it nobody is believed to be NGINX',
  ),
};

/** The values of service 1's settings. */
export type Service1Settings = Settings<typeof declaration>;

/** Refuses settings that are right one by one but wrong together; throws a SettingsError. */
export function checkTogether({ DB_HOST, DB_PASSWORD, NODE_ENV }: Service1Settings): void {
  if (!DB_HOST && NODE_ENV === 'production') {
    throw new SettingsError('Set DB_HOST: in production service 1 does not use the embedded database.');
  }
  if (DB_HOST && !DB_PASSWORD) {
    throw new SettingsError(
      'Set DB_PASSWORD, or DB_PASSWORD_FILE to the file that holds it: DB_HOST is set.',
    );
  }
}
