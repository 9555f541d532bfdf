import { readReleases, runningOf, type StoredRelease } from '../history/releases.ts';
import { certificateOf } from '../publish/https.ts';
import { pinImages } from '../publish/pin.ts';
import { renderStackFile } from '../publish/render.ts';
import { isOurs, type StackFile } from '../publish/stack-file.ts';
import { groupNodes, planDatabase, planFounding } from './database-group.ts';
import { databaseNode } from './database-node.ts';
import { driftOf, strayOf } from './drift.ts';
import { isLabelled, type Live, readLive, servicesOf } from './live.ts';
import { checkNames, keepOthers } from './only.ts';
import { planPasswords } from './passwords.ts';
import { carryOut, type Preparation, planOf } from './plan.ts';

/** What to deploy, and where. */
export type Deploy = {
  stack: string;
  version: string;
  revision: string;
  images: string;
  /** The only services to bring to that version; all of them if there are none. */
  only: string[];
  /** Of NGINX and MySQL, `nginx` and `db`, those that get what their tags name now. */
  renew: string[];
};

/** What a deploy is called: its version, and which services alone get that. */
export function nameOf({ version, only }: Deploy): string {
  return only.length > 0 ? `${version} (${only.join(', ')} only)` : version;
}

/** A deploy before it is done: what will be true, what runs, what it changes, what it does first. */
export type Planned = {
  file: StackFile;
  /** The release that runs; none at first. */
  running: StoredRelease | undefined;
  lines: string[];
  /** Images that no registry gives, each with the reason. */
  missing: string[];
  prepare: () => Promise<void>;
};

/** Plans a deploy; changes nothing. What differs from what the release before left is part of it. */
export async function planDeploy({
  stack,
  version,
  revision,
  images,
  only,
  renew,
}: Deploy): Promise<Planned> {
  const live = await readLive(stack);
  const services = servicesOf(stack, live);
  const releases = await readReleases(stack);
  const running = runningOf(releases, services);
  const passwords = await planPasswords(stack, services, releases);
  const certificate = certificateOf(releases.at(-1)?.file);
  const database = services.get('db');
  const deployed = releases.at(-1)?.deployed?.databaseNode ?? null;
  const planned = await planDatabase(live.nodes, deployed, database);
  const { members } = planned;
  const place = members.length > 0 ? groupNodes : databaseNode;
  const names = { ...passwords.names, certificate, members };
  const release = { version, revision, images, databaseNode: place, ...names };
  const file = await renderStackFile(release);
  checkNames(
    renew,
    Object.keys(file.services).filter(name => !isOurs(name)),
  );
  if (only.length > 0) keepOthers(file, running?.file ?? null, only);
  const earlier = releases.map(({ file }) => file);
  const missing = await pinImages(file, earlier, renew);
  const preparations = [
    ...planned.preparations,
    ...passwords.preparations,
    ...planHealing(stack, running, live),
    ...planFounding(stack, file, planned, database),
  ];
  return {
    file,
    running,
    lines: [...preparations.flatMap(({ lines }) => lines), ...planOf(running?.file ?? null, file)],
    missing,
    prepare: () => carryOut(preparations),
  };
}

/** What has to be healed of what a release left; without a release, what only has a name like the stack's. */
export function planHealing(stack: string, running: StoredRelease | undefined, live: Live): Preparation[] {
  if (running?.deployed) return driftOf(stack, running.deployed, live);
  if (running) return [{ lines: ['+ a record of what is deployed, to see later what was changed by hand'] }];
  return live.services.filter(service => !isLabelled(service, stack)).map(service => strayOf(service, stack));
}
