#!/usr/bin/env bash
# Removes the registry, and the volumes of the stack $1 and its network; says what it removed.
set -euo pipefail
containers=$(docker ps --all --quiet --filter name=^motorpool-registry$)
volumes=$(docker volume ls --quiet --filter "label=com.docker.stack.namespace=$1"
  docker volume ls --quiet --filter name=^motorpool-registry$)
if [ -n "$containers" ]; then xargs docker rm --force --volumes <<<"$containers"; fi
if [ -n "$volumes" ]; then xargs docker volume rm --force <<<"$volumes"; fi
