import { startDns } from './dns.ts';
import { freePort } from './free-port.ts';
import { type Nginx, startNginx } from './nginx.ts';
import { type Environment, type Service, type ServiceName, services, startService } from './service.ts';
import { type DatabaseAccess, mysqlSettings } from './system.ts';

/** Four services with two replicas each behind NGINX, found by name as in a Swarm. */
export type Replicated = {
  url: string;
  nginx: Nginx;
  /** Both replicas of each service. */
  replicas: Record<ServiceName, [Service, Service]>;
  /** Takes a replica out of the DNS, as a Swarm does when it stops a container. */
  forget(name: ServiceName, replica: Service): void;
};

const hosts = ['127.0.0.2', '127.0.0.3'] as const;

/** Starts NGINX and the eight services, on a database that has its people already. */
export async function startReplicated(access: DatabaseAccess, env: Environment): Promise<Replicated> {
  const dns = await startDns();
  const ownPort = await freePort();
  const free = await Promise.all(services.map(async name => [name, await freePort()]));
  const ports: Record<ServiceName, number> = Object.fromEntries(free);
  const urls = services.map(name => [`${name.toUpperCase()}_URL`, `http://${name}:${ports[name]}`]);
  const found = {
    ...dns.settings,
    ...Object.fromEntries(urls),
    NGINX_URL: `http://nginx:${ownPort}`,
    ...mysqlSettings(access),
  };

  async function startBoth(name: ServiceName): Promise<[ServiceName, [Service, Service]]> {
    const own = name === 'service1' ? found : {};
    const startOne = (host: string) =>
      startService(name, { host, port: ports[name], env: { ...own, ...env, INSTANCE: host } });
    const replicas = await Promise.all([startOne(hosts[0]), startOne(hosts[1])]);
    dns.addresses.set(name, [...hosts]);
    return [name, replicas];
  }

  const replicas = Object.fromEntries(await Promise.all(services.map(startBoth))) as Replicated['replicas'];
  const nginx = await startNginx({ port: ports.service1, replicas: [...hosts], ownPort });
  // A virtual address, as NGINX has one in a Swarm, and that of its task.
  dns.addresses.set('nginx', ['127.0.0.4']).set('tasks.nginx', ['127.0.0.1']);

  function forget(name: ServiceName, replica: Service): void {
    const left = hosts.filter(host => !replica.url.includes(host));
    if (name === 'service1') nginx.setReplicas(left);
    else dns.addresses.set(name, left);
  }
  return { url: nginx.url, nginx, replicas, forget };
}
