#!/usr/bin/env bash
# Removes the registry, the containers and volumes of the stack $1, and what a swarm leaves; says what it removed.
set -euo pipefail
containers() {
  docker ps --all --quiet --filter name=^motorpool-registry$
  docker ps --all --quiet --filter "label=com.docker.stack.namespace=$1"
}
volumes=$(docker volume ls --quiet --filter "label=com.docker.stack.namespace=$1"
  docker volume ls --quiet --filter name=^motorpool-registry$)
# A swarm that the host has just left removes its containers too, and each of the two may come too late.
for ((tries = 30; tries > 0; tries--)); do
  left=$(containers "$1")
  if [ -z "$left" ]; then break; fi
  xargs docker rm --force --volumes <<<"$left" 2>/dev/null || sleep 1
done
if [ -n "$volumes" ]; then xargs docker volume rm --force <<<"$volumes"; fi
docker network rm docker_gwbridge 2>/dev/null || true # which other networks may use
