import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { startProgram } from '../tests/support/program.ts';
import { temporaryFolder } from '../tests/support/temporary-folder.ts';
import { until } from '../tests/support/until.ts';

const has = (numbers: string) => `origin:${numbers}`;
const none = { word: false, peer: null, mine: has('1-5') };

// In the place of MySQL: what it is asked is logged, and answered as a server that is in no group yet.
const mysql = `#!/usr/bin/env bash
echo "$*" | tr '\\n' ' ' >>"$LOG"; echo >>"$LOG"
case "$*" in
  *--host=*report_user*) printf 'other\\tONLINE\\t%s\\n' "$PEER" ;;
  *--host=*group_name*) echo group-of-others ;;
  *--host=*COUNT*) echo 0 ;;
  *report_user*) printf 'one\\tOFFLINE\\t%s\\n' "$MINE" ;;
  *GTID_SUBSET*) [[ ,$PEER = *"$MINE"* ]] && echo 1 || echo 0 ;;
  *MEMBER_HOST*) printf '1\\t1\\n' ;;
  *MEMBER_STATE*) echo OFFLINE ;;
esac`;

test.each([
  [
    'begins the group with the word of somebody',
    { ...none, word: true },
    /bootstrap_group = ON.*START GROUP_REPLICATION/,
  ],
  ['begins no group by itself', none, null],
  [
    'joins who is ONLINE',
    { ...none, peer: has('1-5') },
    /group-of-others.*'10.0.0.2:33061'.*START GROUP_REPLICATION/,
  ],
  [
    'joins who is ONLINE though it has the word',
    { word: true, peer: has('1-5'), mine: has('1-5') },
    /'10.0.0.2:33061'.*START/,
  ],
  ['stays out where it has what the others lack', { ...none, peer: has('1-4') }, null],
])('a member that was in a group %s', async (_what, { word, peer, mine }, wanted) => {
  const { path } = temporaryFolder('member');
  const [log, data] = [join(path, 'log'), join(path, 'data')];
  const programs = {
    mysql,
    getent: `#!/usr/bin/env bash\n[[ $1 = hosts ]] && echo 10.0.0.1 || ${peer ? 'echo 10.0.0.2 STREAM' : 'exit 2'}`,
    'docker-entrypoint.sh': '#!/bin/sh\nexec sleep 60',
  };
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(path, name), text, { mode: 0o755 });
  for (const folder of ['mysql', 'motorpool']) mkdirSync(join(data, folder), { recursive: true });
  for (const [name, text] of [['password', 'secret'], ['log', ''], ...(word ? [['may-found', '']] : [])])
    writeFileSync(join(path, `${name}`), `${text}`);
  const env = {
    PATH: `${path}:${process.env.PATH}`,
    ...{
      LOG: log,
      PEER: peer ?? '',
      MINE: mine,
      NODE: 'one',
      DB_MEMBERS: 'one,other',
      TMPDIR: path,
      HOSTNAME: 'h',
    },
    ...{
      MYSQL_FOLDER: data,
      MYSQL_UNIX_PORT: join(path, 'socket'),
      MYSQL_DATABASE: 'motorpool',
      DB_USER: 'motorpool',
    },
    DB_PASSWORD_FILE: join(path, 'password'),
  };
  const program = await startProgram('bash', ['db/member.sh', 'mysqld'], { env });
  const asked = () => readFileSync(log, 'utf8');
  await until(
    'it has looked around twice',
    async () => (asked().match(/MEMBER_ID IN .*skip_networking/g) ?? []).length > 2,
  );
  await program.stop();
  const done = asked().replaceAll('\n', ' ');
  if (wanted) expect(done).toMatch(wanted);
  else expect(done).not.toContain('START GROUP_REPLICATION');
});
