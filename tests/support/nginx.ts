import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describePort, isDescribed } from './described.ts';
import { startDns, type UnknownName } from './dns.ts';
import { freePort } from './free-port.ts';
import { requirePart } from './parts.ts';
import { startProgram } from './program.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';

/** A line of the access log; see log_format in nginx.conf. A request tried again has its tries separated by commas. */
export type AccessLogLine = {
  time: string;
  service: 'nginx';
  instance: string;
  requestId: string;
  client: string;
  method: string;
  path: string;
  status: number;
  bytes: number;
  seconds: number;
  upstream: string;
  upstreamStatus: string;
  upstreamConnectSeconds: string;
  upstreamHeaderSeconds: string;
  upstreamSeconds: string;
};

/** A running NGINX with the project's own nginx.conf. */
export type Nginx = {
  url: string;
  port: number;
  pid: number;
  accessLog(): AccessLogLine[];
  /** What NGINX complained of so far. */
  errorLog(): string;
  /** Changes the addresses that the name service1 has in the DNS from now on. */
  setReplicas(addresses: string[]): void;
  /** When it has looked for the replicas in the DNS, in milliseconds of `performance.now()`. */
  lookUps: number[];
  stop(): Promise<void>;
};

type Options = {
  /** Its own port; a free one by default. */
  ownPort?: number;
  /** The port that every replica of service 1 listens on. */
  port: number;
  /** Where the replicas are, each at a loopback address of its own (127.0.0.2, …); with none, the name is unknown. */
  replicas: string[];
  /** What the DNS says while there is no replica; Docker's may say either. */
  unknownName?: UnknownName;
  /** When the DNS begins to answer; at once by default. */
  dnsOpened?: Promise<void>;
};

const configuration = new URL('../../nginx/nginx.conf', import.meta.url);

/** Starts NGINX in front of replicas of service 1; comes back when it has its list of them. */
export async function startNginx(options: Options): Promise<Nginx> {
  const { port: replicaPort, replicas, unknownName, dnsOpened } = options;
  const nginx = requirePart('nginx');
  const [port, probePort] = [options.ownPort ?? (await freePort()), await freePort()];
  const dns = await startDns(unknownName, dnsOpened);
  const setReplicas = (addresses: string[]) => void dns.addresses.set('service1', addresses);
  setReplicas(replicas);

  const folder = temporaryFolder('nginx');
  const fileOf = (name: string) => join(folder.path, name);
  const text = configurationFor(port, replicaPort, dns.port, folder.path);
  writeFileSync(fileOf('nginx.conf'), withProbe(text, probePort, fileOf('probe.log')));
  // NGINX opens /dev/stdout anew, which is possible with a file but not with the socket that Node would give it.
  const output = openSync(fileOf('output'), 'a');
  const program = await startProgram(
    nginx,
    ['-p', folder.path, '-e', 'stderr', '-c', fileOf('nginx.conf'), '-g', 'daemon off;'],
    { outputTo: output },
  );
  closeSync(output);

  const lines = () => readFileSync(fileOf('output'), 'utf8').split('\n');
  const accessLog = () => lines().filter(isJson).map(parse);
  const errorLog = () =>
    lines()
      .filter(line => !isJson(line))
      .join('\n');
  const url = `http://127.0.0.1:${port}`;

  await until('NGINX answered', async () => {
    if (program.hasExited()) return true;
    return (await fetch(`${url}/nginx-health`)).ok;
  });
  if (program.hasExited()) throw new Error(`NGINX did not start: ${errorLog()}`);
  if (isDescribed(replicaPort)) describePort(port);
  if (replicas.length > 0) {
    await until('NGINX had its list of replicas', async () => {
      return (await fetch(`http://127.0.0.1:${probePort}`)).ok;
    });
  }

  async function stop(): Promise<void> {
    await program.stop();
    await dns.stop();
    await folder.remove();
  }

  return { url, port, pid: program.pid, accessLog, errorLog, setReplicas, lookUps: dns.lookUps, stop };
}

/** The very nginx.conf, but for the ports, the DNS server and the one folder it writes to. */
function configurationFor(port: number, replicaPort: number, dnsPort: number, folder: string): string {
  return [
    [/listen 80 /, `listen 127.0.0.1:${port} `],
    [/resolver 127\.0\.0\.11 /, `resolver 127.0.0.1:${dnsPort} `],
    [/(?<=server |\$looked_up )service1:5000/g, `service1:${replicaPort}`],
    [/(?<= )\/tmp\//g, `${folder}/`],
  ].reduce(
    (text, [pattern, replacement]) => {
      if (text.search(pattern as RegExp) < 0)
        throw new Error(`nginx.conf has nothing that matches ${pattern}.`);
      return text.replace(pattern as RegExp, replacement as string);
    },
    readFileSync(configuration, 'utf8'),
  );
}

/** Adds a server that asks replicas of the list and never looks one up, as a request in the first moments would. */
function withProbe(text: string, port: number, log: string): string {
  const probe = `server {
    listen 127.0.0.1:${port};
    access_log off;
    error_log ${log};
    location / {
      proxy_http_version 1.1;
      proxy_set_header Connection '';
      proxy_pass http://service1/health;
    }
  }`;
  return text.replace(/(?=server {)/, `${probe}\n\n  `);
}

function isJson(line: string): boolean {
  return line.startsWith('{') && line.endsWith('}');
}

function parse(line: string): AccessLogLine {
  return JSON.parse(line);
}
