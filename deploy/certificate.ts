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

/** Checks a certificate and says what giving it would change, also to a first release. Throws a DeployError. */
export async function showCertificate(stack: string, given: GivenCertificate): Promise<void> {
  const [file, keyFile] = given.files;
  if (file && keyFile && !runningOf(await readReleases(stack), await readServices(stack))) {
    const { certificate } = await planCertificate(stack, file, keyFile, given.names);
    return sayPlan(`The first release of the stack ${stack} would get:`, [
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

async function plan(
  stack: string,
  { files: [file, keyFile], names: wanted }: GivenCertificate,
): Promise<Planned> {
  if (!file || (file !== 'none' && !keyFile))
    throw new DeployError('Say where the certificate and its key are, or `none`.');
  const running = await readRunning(stack, 'give a certificate to');
  const planned = (title: string, wanted: StackFile, preparations: Preparation[] = []): Planned => ({
    ...{ running, file: wanted, title, preparations },
    lines: planOf(running.file, wanted),
  });
  if (!keyFile)
    return planned(`Taking HTTPS from the stack ${stack}.`, withHttpsOf(running.file, withoutHttps));
  const before = certificateOf(running.file);
  const known = await readCertificate(stack, before);
  const names = wanted.length > 0 ? wanted : (known?.wanted ?? []);
  const { secrets, certificate, preparation } = await planCertificate(stack, file, keyFile, names);
  const https = before ? running.file : withHttpsOf(running.file, await renderHttps());
  return planned(
    `Giving the stack ${stack} the certificate for ${textOf(certificate)}.`,
    withCertificate(https, secrets),
    [preparation],
  );
}
