#!/bin/bash
# Turns a container into a host that systemd and Docker Engine can live in, then hands over to systemd.
set -euo pipefail

for folder in /proc/sys /sys; do
  if mountpoint -q "$folder"; then mount -o remount,rw "$folder"; fi
done

# Each cgroup v1 controller that may be mounted here gets its own mount, as on a host;
# with cgroup v2 the one tree only has to be writable.
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mount -o remount,rw /sys/fs/cgroup
else
  if mountpoint -q /sys/fs/cgroup; then umount -R /sys/fs/cgroup; fi
  mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
  awk '!/^#/ && $4 == 1 { print $1 }' /proc/cgroups | while read -r controller; do
    folder=/sys/fs/cgroup/$controller
    mkdir "$folder"
    mount -t cgroup -o "$controller" cgroup "$folder" 2>/dev/null || rmdir "$folder"
  done
  mkdir /sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
fi

if iptables-legacy -nL >/dev/null 2>&1; then
  update-alternatives --set iptables /usr/sbin/iptables-legacy >/dev/null
fi
# A key and a name of its own on the first start.
ssh-keygen -A >/dev/null
systemd-machine-id-setup >/dev/null 2>&1

export container=docker
exec /sbin/init
