import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Mysql } from './mysql.ts';

const bytes = 240 * 2 ** 20;
const move =
  'cp -a "$1" "$1.all" && mount -t tmpfs -o "size=$2" none "$1" && cp -a "$1.all/." "$1" && shift 2 && exec "$@"';

/** Starts a database server again with its data on a small disk, which is there for itself alone and goes with it. */
export async function moveToSmallDisk(mysql: Mysql): Promise<{ fill(): void; makeRoom(): void }> {
  const data = join(mysql.folder, 'data');
  await mysql.kill();
  await mysql.start(['unshare', '--mount', 'sh', '-c', move, 'sh', data, String(bytes)]);
  const pid = readFileSync(join(mysql.folder, 'pid'), 'utf8').trim();
  const filler = `/proc/${pid}/root${data}/filler`;
  return {
    fill: () => void spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=1M']),
    makeRoom: () => rmSync(filler),
  };
}
