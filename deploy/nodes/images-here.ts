import { readFileSync } from 'node:fs';
import { request } from 'node:http';

// Runs in a container on every node, beside the node's own engine, and imports nothing but Node.js. It sees to it that
// the node has images, each under a tag of the stack's own so that pruning spares it, and gives back older ones. It
// prints what is missing, a line each, `IMAGE: why`, and then exits with 1.
const { images, repository }: Wanted = JSON.parse(process.env.WANTED ?? '');
const logins: Record<string, string> = JSON.parse(readText('/run/secrets/logins') || '{}');
const socket = process.env.ENGINE ?? '/var/run/docker.sock';
const silenceMs = 30_000; // an engine that pulls says something all the time, unless its registry hangs
const silent = new Map<string, Error>();

/** What the nodes shall have: images by their own tags, some only on nodes of these ids, with commas; and what these tags begin with. */
type Wanted = {
  images: Record<string, { image: string; registry: string; only: string | null }>;
  repository: string;
};

for (const [tag, { image, registry, only }] of Object.entries(images)) {
  if (only !== null && !only.split(',').includes(`${process.env.NODE}`)) continue;
  try {
    if ((await ask('GET', `/images/${nameOf(image)}/json`)).status === 404) await pull(image, registry);
    await must('POST', `/images/${nameOf(image)}/tag?${new URLSearchParams(splitTag(tag))}`);
  } catch (error) {
    console.log(`${image}: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
await removeOlder().catch(() => {}); // another time: nobody lacks anything for it

async function pull(image: string, registry: string): Promise<void> {
  const hung = silent.get(registry);
  if (hung) throw hung;
  const [fromImage = '', tag = ''] = nameOf(image).split('@');
  const path = `/images/create?${new URLSearchParams({ fromImage, tag })}`;
  const said = await must('POST', path, logins[registry]).catch(error => {
    if (/no answer/.test(error.message)) silent.set(registry, error);
    throw error;
  });
  const failure = /"error":"((?:[^"\\]|\\.)*)"/.exec(said)?.[1];
  if (failure) throw new Error(failure);
}

/** Only what has no other name than those that were given here and as which it was pulled. */
async function removeOlder(): Promise<void> {
  const all: { RepoTags: string[] | null; RepoDigests: string[] | null }[] = JSON.parse(
    await must('GET', '/images/json'),
  );
  for (const { RepoTags: tags, RepoDigests: digests } of all) {
    const old = (tags ?? []).filter(tag => tag.startsWith(`${repository}/`) && !(tag in images));
    if (old.length === 0) continue;
    const pulledAs = old.length === tags?.length ? (digests ?? []) : [];
    // A task that has ended keeps no image; one that runs does, and then it goes another time.
    for (const name of [...pulledAs, ...old]) await ask('DELETE', `/images/${name}?force=true`);
  }
}

/** NAME@DIGEST: with a tag between them an engine would not know what to look for. */
function nameOf(image: string): string {
  return image.replace(/:[^/:@]+@/, '@');
}

function splitTag(name: string) {
  const colon = name.lastIndexOf(':');
  return { repo: name.slice(0, colon), tag: name.slice(colon + 1) };
}

async function must(method: string, path: string, login?: string): Promise<string> {
  const { status, text } = await ask(method, path, login);
  if (status >= 400) throw new Error(/"message":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text);
  return text;
}

function ask(method: string, path: string, login = ''): Promise<{ status: number; text: string }> {
  const headers = login ? { 'X-Registry-Auth': login } : {};
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: socket, method, path: `/v1.44${path}`, headers }, async answer => {
      const parts = await Array.fromAsync(answer.setEncoding('utf8')).catch(reject);
      resolve({ status: answer.statusCode ?? 0, text: (parts ?? []).join('') });
    });
    if (path.startsWith('/images/create')) {
      const silence = new Error(`no answer from the registry for ${silenceMs / 1000} s`);
      asked.setTimeout(silenceMs, () => asked.destroy(silence));
    }
    asked.once('error', reject).end();
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // no registry wants a login
  }
}
