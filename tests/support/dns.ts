import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode } from 'dns-packet';
import { endWithTests } from './ending.ts';

/** A DNS server on 127.0.0.1 that knows what `addresses` says at the moment. */
export type Dns = {
  port: number;
  /** The environment variables with which a service asks it for names. */
  settings: Record<string, string>;
  /** IPv4 addresses by name; change it at any time. A name with none does not exist. */
  addresses: Map<string, string[]>;
  /** When it was asked for addresses, in milliseconds of `performance.now()`. */
  lookUps: number[];
  stop(): Promise<void>;
};

// As Docker's DNS answers: with ten minutes, whatever happens to the replicas meanwhile.
const secondsToLive = 600;
const useDns = join(import.meta.dirname, 'use-dns.ts');
const codes = { SERVFAIL: 2, NXDOMAIN: 3 };

/** What is said of an unknown name: that there is none, or that the server which should know does not answer. */
export type UnknownName = keyof typeof codes;

/** Starts a DNS server over UDP that behaves like Docker's in a Swarm: addresses in random order. It answers nobody before `opened`. */
export async function startDns(unknownName: UnknownName = 'NXDOMAIN', opened?: Promise<void>): Promise<Dns> {
  const addresses = new Map<string, string[]>();
  const lookUps: number[] = [];
  const socket = createSocket('udp4');

  let isOpen = true;
  socket.on('message', async (message, client) => {
    lookUps.push(performance.now());
    await opened;
    if (!isOpen) return;
    const { id = 0, questions = [] } = decode(message);
    const answers = questions.flatMap(({ name, type }): Answer[] =>
      type === 'A'
        ? shuffled(addresses.get(name) ?? []).map(data => ({ type, name, ttl: secondsToLive, data }))
        : [],
    );
    const exists = questions.some(({ name }) => addresses.get(name)?.length);
    const flags = AUTHORITATIVE_ANSWER | (exists ? 0 : codes[unknownName]);
    socket.send(encode({ type: 'response', id, flags, questions, answers }), client.port, client.address);
  });

  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const close = () => {
    isOpen = false;
    socket.close();
  };
  const { port } = socket.address();
  return {
    port,
    settings: { NODE_OPTIONS: `--import=${useDns}`, DNS_SERVER: `127.0.0.1:${port}` },
    addresses,
    lookUps,
    stop: endWithTests({ stop: close, kill: close }),
  };
}

function shuffled<Item>(items: Item[]): Item[] {
  return items
    .map(item => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
