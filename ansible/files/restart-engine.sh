#!/usr/bin/env bash
# Starts the engine anew, without what it sometimes leaves of an overlay network when it stops: with that no task of the
# host can join the network any more ("error creating vxlan interface: file exists", moby/libnetwork#1765).
set -euo pipefail
systemctl stop 'docker.socke[t]' docker.service # not every engine has a socket
if [ -d /run/docker/netns ]; then find /run/docker/netns -mindepth 1 -exec umount {} ';' -delete; fi
find /sys/class/net -regextype posix-extended -regex '.*/(ov|vx)-[0-9a-f]{6}-.*' -printf '%f\n' |
  xargs --no-run-if-empty --max-args=1 ip link delete
systemctl start docker.service
