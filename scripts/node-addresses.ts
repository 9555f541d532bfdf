import { execFileSync } from 'node:child_process';

/** What `ansible-inventory --list` says; only what is used here. */
export type Inventory = {
  _meta: { hostvars: Record<string, { ansible_host?: string; http_port?: number } | undefined> };
  [group: string]: { hosts?: string[]; children?: string[] } | unknown;
};

/**
 * Where NGINX answers on each node of an inventory of Ansible's, as http://HOST. SETTINGS is a file with settings of
 * your own, as for run-playbook.sh. Throws if ansible-inventory fails.
 */
export function nodeAddresses(inventory: string): string[] {
  const settings = process.env.SETTINGS ? ['--extra-vars', `@${process.env.SETTINGS}`] : [];
  const args = ['--inventory', inventory, '--playbook-dir', 'ansible', ...settings, '--list'];
  const output = execFileSync('ansible-inventory', args, { encoding: 'utf8' });
  return addressesOf(JSON.parse(output));
}

/** The addresses of the managers and workers of an inventory that was read. Throws if there are none. */
export function addressesOf(inventory: Inventory): string[] {
  const hosts = ['managers', 'workers'].flatMap(group => {
    const found = inventory[group] as { hosts?: string[] } | undefined;
    return found?.hosts ?? [];
  });
  if (hosts.length === 0) throw new Error('The inventory has no hosts in the groups managers and workers.');
  return hosts.map(host => {
    const { ansible_host: address = host, http_port: port = 80 } = inventory._meta.hostvars[host] ?? {};
    return `http://${address}${Number(port) === 80 ? '' : `:${port}`}`;
  });
}
