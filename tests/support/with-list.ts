import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';

/** Makes a copy of service 1 that comes with another list of people, as another team's image does; gives its folder. */
export function copyWithList(list: Buffer | string): string {
  const { path } = temporaryFolder('copy');
  const filter = (source: string) => !source.includes('node_modules');
  cpSync('service1', join(path, 'service1'), { recursive: true, filter });
  symlinkSync(resolve('node_modules'), join(path, 'node_modules'));
  mkdirSync(join(path, 'db'));
  cpSync('db/schema.sql', join(path, 'db/schema.sql'));
  writeFileSync(join(path, 'db/people.csv'), list);
  return path;
}
