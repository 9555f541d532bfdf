import { imagesOf, versionOf } from '../publish/images.ts';
import { isOurs, type StackFile } from '../publish/stack-file.ts';
import { say } from '../report.ts';
import type { Failure } from '../run/converge.ts';
import { isInService } from '../run/service-state.ts';
import { type Node, readNodes } from '../swarm/swarm.ts';
import { verify } from './verify.ts';

/** Uses the stack through the NGINX of every node, and looks for the version that the images' tags say. */
export async function verifyEverywhere(file: StackFile): Promise<Failure[]> {
  const port = (file.services.nginx?.ports as { published: number }[] | undefined)?.[0]?.published;
  const nodes = (await readNodes()).filter(isInService);
  const doors = nodes.map(node => [node.Description.Hostname, `http://${addressOf(node)}:${port}/`]);
  say(`Drawing through ${doors.map(([, address]) => address).join(', ')} …`);
  return verify(Object.fromEntries(doors), versionsIn(file));
}

/** The versions of our services, as the tags of their images say. */
function versionsIn(file: StackFile): Map<string, string> {
  const ours = [...imagesOf(file)].filter(([name]) => isOurs(name));
  return new Map(ours.map(([name, image]) => [name, versionOf(image)]));
}

function addressOf({ Status, ManagerStatus }: Node): string {
  // A manager may know itself as 0.0.0.0 or 127.0.0.1.
  const isReal = !/^(0\.0\.0\.0|127\.)/.test(Status.Addr);
  return isReal ? Status.Addr : (ManagerStatus?.Addr.replace(/:\d+$/, '') ?? Status.Addr);
}
