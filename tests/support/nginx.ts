import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
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
  /** Where it takes HTTPS, the PROXY protocol, and both; HTTPS only with a certificate. */
  ports: { https: number; proxy: number; proxyHttps: number };
  /** Where it says its figures. */
  figuresPort: number;
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
  /** The variables that start.sh reads. */
  settings?: Record<string, string>;
  /** The folder with fullchain.pem and privkey.pem. */
  certificate?: string;
};

const configuration = join(import.meta.dirname, '../../nginx');

/** Starts NGINX in front of replicas of service 1; comes back when it has its list of them. */
export async function startNginx(options: Options): Promise<Nginx> {
  const { port: replicaPort, replicas, unknownName, dnsOpened, settings, certificate } = options;
  const nginx = requirePart('nginx');
  const [port, probePort] = [options.ownPort ?? (await freePort()), await freePort()];
  const figuresPort = await freePort();
  const ports = { https: await freePort(), proxy: await freePort(), proxyHttps: await freePort() };
  const dns = await startDns(unknownName, dnsOpened);
  const setReplicas = (addresses: string[]) => void dns.addresses.set('service1', addresses);
  setReplicas(replicas);

  const folder = temporaryFolder('nginx');
  const fileOf = (name: string) => join(folder.path, name);
  const text = edited('nginx.conf', [
    [/listen 80 /, `listen 127.0.0.1:${port} `],
    [/listen 81 /, `listen 127.0.0.1:${ports.proxy} `],
    [/listen 82;/, `listen 127.0.0.1:${figuresPort};`],
    [/resolver 127\.0\.0\.11 /, `resolver 127.0.0.1:${dns.port} `],
    [/(?<=server |\$looked_up )service1:5000/g, `service1:${replicaPort}`],
    [/(?<= )\/tmp\//g, `${folder.path}/`],
  ]);
  writeFileSync(fileOf('nginx.conf'), withProbe(text, probePort, fileOf('probe.log')));
  mkdirSync(fileOf('tls'));
  const https = edited('https.conf', [
    [/listen 443 /, `listen 127.0.0.1:${ports.https} `],
    [/listen 444 /, `listen 127.0.0.1:${ports.proxyHttps} `],
    [/\/run\/secrets\/certificate;/, `${certificate}/fullchain.pem;`],
    [/\/run\/secrets\/certificate_key;/, `${certificate}/privkey.pem;`],
  ]);
  if (certificate) writeFileSync(fileOf('tls/https.conf'), https);
  // NGINX opens /dev/stdout anew, which is possible with a file but not with the socket that Node would give it.
  const output = openSync(fileOf('output'), 'a');
  const how = ['-p', folder.path, '-e', 'stderr', '-c', fileOf('nginx.conf'), '-g', 'daemon off;'];
  const program = await startProgram('bash', [join(configuration, 'start.sh'), nginx, ...how], {
    outputTo: output,
    env: { ...process.env, TMPDIR: folder.path, HTTPS_PORT: `${ports.https}`, ...settings },
  });
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

  const { pid } = program;
  return { url, port, ports, figuresPort, pid, accessLog, errorLog, setReplicas, lookUps: dns.lookUps, stop };
}

/** A file of the very configuration, but for its ports, the DNS server, and where it reads and writes. */
function edited(file: string, edits: [RegExp, string][]): string {
  return edits.reduce(
    (text, [pattern, replacement]) => {
      if (text.search(pattern) < 0) throw new Error(`${file} has nothing that matches ${pattern}.`);
      return text.replace(pattern, replacement);
    },
    readFileSync(join(configuration, file), 'utf8'),
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
