#!/usr/bin/env bash
# shellcheck disable=SC1091,SC2154
# Takes the engine's trust in the registry $1. An engine that came with the stack it stops, and removes all that that kept
# and made; one that was there before is left alone. Says that it did something.
set -euo pipefail
if [ -d "/etc/docker/certs.d/$1" ]; then
  rm -r "/etc/docker/certs.d/$1"
  rmdir --ignore-fail-on-non-empty /etc/docker/certs.d
  echo removed
fi
[ -f /etc/motorpool/before ] || exit 0
. /etc/motorpool/before

systemctl disable --quiet --now docker.socket docker.service containerd.service
awk '$2 ~ "^/(var/lib|run)/(docker|containerd)/" { print $2 }' /proc/mounts | sort --reverse | xargs --no-run-if-empty umount
for folder in /var/lib/docker /var/lib/containerd; do
  if [ -d "$folder" ]; then find "$folder" -mindepth 1 -delete; fi
done
if [ -d /etc/cni/net.d ]; then rmdir --ignore-fail-on-non-empty --parents /etc/cni/net.d; fi
rm -rf /run/docker /run/docker.sock /run/containerd

# With the ends of what led to containers: the kernel takes its time to remove those.
for bridge in docker0 docker_gwbridge; do
  if ip link show "$bridge" >/dev/null 2>&1; then
    ip -brief link show master "$bridge" | sed 's/[@ ].*//' | xargs --no-run-if-empty --max-args=1 ip link delete
    ip link delete "$bridge"
  fi
done
# Every rule and every chain of the engine's has its name in it, or that of one of its links.
ours='DOCKER( |-|$)|docker0|docker_gwbridge'
for command in iptables ip6tables; do
  if rules=$("$command-save" 2>/dev/null) && grep --quiet --extended-regexp "$ours" <<<"$rules"; then
    grep --invert-match --extended-regexp "$ours" <<<"$rules" |
      sed "s/^:FORWARD DROP/:FORWARD $forward_policy/" | "$command-restore"
  fi
done
echo "$ip_forward" >/proc/sys/net/ipv4/ip_forward
echo removed
