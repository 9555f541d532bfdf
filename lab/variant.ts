import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { labFolder } from './credentials.ts';

const stackFiles = [
  'docker-compose.yml',
  'nginx/nginx.conf',
  'service3/cars.json',
  'service4/colours.json',
  'db/init.sh',
  'db/schema.sql',
  'db/people.csv',
  'db/password-for-one-machine.txt',
];

/**
 * Gives `work` a folder with the stack file and all that it names, in which one file is changed, as a user does who
 * edits it. Throws if the change changes nothing.
 */
export async function inVariant<Value>(
  file: string,
  change: (text: string) => string,
  work: (folder: string) => Promise<Value>,
): Promise<Value> {
  const folder = await mkdtemp(join(labFolder, 'variant-'));
  try {
    for (const path of stackFiles) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await cp(path, join(folder, path));
    }
    const before = await readFile(file, 'utf8');
    const after = change(before);
    if (after === before) throw new Error(`The change of ${file} changes nothing; has the file moved on?`);
    await writeFile(join(folder, file), after);
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
