import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

/** Preloaded into a service (`node --import`): it then asks the DNS server that DNS_SERVER names, as in a Swarm. */

dns.promises.setServers([String(process.env.DNS_SERVER)]);
syncBuiltinESMExports();
