import { inNode, type LabNode } from './nodes.ts';

/** Drops every packet from and to the node, without a word to either side, until `reconnect`. */
export async function cutOff(node: LabNode): Promise<void> {
  await reconnect(node);
  await inNode(node, `iptables -t mangle -I ${cuts.join(' && iptables -t mangle -I ')}`);
}

/** Undoes `cutOff`. */
export async function reconnect(node: LabNode): Promise<void> {
  await inNode(
    node,
    `for cut in '${cuts.join("' '")}'; do while iptables -t mangle -D $cut; do :; done; done 2>&-`,
  );
}

// Before and behind Docker's own rules, so that published ports and the overlay network are cut as well.
const cuts = ['PREROUTING -i eth0 -j DROP', 'POSTROUTING -o eth0 -j DROP'];
