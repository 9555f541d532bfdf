import { recorded } from './history/attempts.ts';
import { readReleases, readRunning, runningOf, type StoredRelease } from './history/releases.ts';
import { keepImages, lookPatienceMs } from './nodes/keep-images.ts';
import { planCertificate, readCertificate, textOf } from './plan/certificate.ts';
import { carryOut, type Preparation, planOf } from './plan/plan.ts';
import { certificateOf, withCertificate, withHttpsOf, withoutHttps } from './publish/https.ts';
import { renderHttps } from './publish/render.ts';
import type { StackFile } from './publish/stack-file.ts';
import { DeployError, sayPlan } from './report.ts';
import { bringAbout } from './run/bring-about.ts';
import { readServices } from './swarm/swarm.ts';

/** Where a certificate and its key are, or `['none']`; and for which names it must be: if none is said, those of before. */
export type GivenCertificate = { files: string[]; names: string[] };

/**
 * Gives NGINX a certificate, with which it serves HTTPS, or takes it away; nothing else of what runs is changed. Throws a
 * DeployError, before anything is touched if the certificate does not fit.
 */
export function giveCertificate(stack: string, given: GivenCertificate): Promise<void> {
  return recorded(stack, given.files[0] === 'none' ? 'no certificate' : 'a certificate', async touch => {
    const { running, file, title, lines, preparations } = await plan(stack, given);
    sayPlan(title, lines);
    if (lines.length === 0) return;
    await keepImages(stack, file, ['nginx'], lookPatienceMs);
    await touch();
    await carryOut(preparations);
    await bringAbout(stack, { version: running.version, file, restores: running.restores }, running);
  });
}

/** Checks a certificate and says what giving it would change, also to a release that does not run yet. Throws a DeployError. */
export async function showCertificate(stack: string, given: GivenCertificate): Promise<void> {
  const [file, keyFile] = given.files;
  const releases = await readReleases(stack);
  if (file && keyFile && !runningOf(releases, await readServices(stack))) {
    const names = await namesFor(stack, given, releases.at(-1)?.file);
    const { certificate } = await planCertificate(stack, file, keyFile, names);
    return sayPlan(`The next release of the stack ${stack} would get:`, [
      `+ HTTPS for ${textOf(certificate)}`,
    ]);
  }
  const { title, lines } = await plan(stack, given);
  sayPlan(title, lines);
}

type Planned = {
  running: StoredRelease;
  file: StackFile;
  title: string;
  lines: string[];
  preparations: Preparation[];
};

/** The names that a certificate must be for: if none is said, those of the one that a release has. */
async function namesFor(stack: string, { names }: GivenCertificate, before?: StackFile): Promise<string[]> {
  if (names.length > 0) return names;
  return (await readCertificate(stack, certificateOf(before)))?.wanted ?? [];
}

async function plan(stack: string, given: GivenCertificate): Promise<Planned> {
  const [file, keyFile] = given.files;
  if (!file || (file !== 'none' && !keyFile))
    throw new DeployError('Say where the certificate and its key are, or `none`.');
  const running = await readRunning(stack, 'give a certificate to');
  const planned = (title: string, wanted: StackFile, preparations: Preparation[] = []): Planned => ({
    ...{ running, file: wanted, title, preparations },
    lines: planOf(running.file, wanted),
  });
  if (!keyFile)
    return planned(`Taking HTTPS from the stack ${stack}.`, withHttpsOf(running.file, withoutHttps));
  const names = await namesFor(stack, given, running.file);
  const { secrets, certificate, preparation } = await planCertificate(stack, file, keyFile, names);
  const https = certificateOf(running.file) ? running.file : withHttpsOf(running.file, await renderHttps());
  return planned(
    `Giving the stack ${stack} the certificate for ${textOf(certificate)}.`,
    withCertificate(https, secrets),
    [preparation],
  );
}
