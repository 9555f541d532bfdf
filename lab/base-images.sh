#!/usr/bin/env bash
# Makes sure that the engine has the base images under their official names: pulled where an image registry
# can be reached, else stand-ins made of Debian's and npm's packages. Then builds the image of the lab's hosts.
set -euo pipefail

lab=$(cd "$(dirname "$0")" && pwd)
docker=$("$lab/engine.sh")
machine=$(mktemp -d)
trap 'rm -r "$machine"' EXIT

# A stand-in is looked at again each time, because its recipe may have changed; an official image is kept.
is_official() {
  [ "$("$docker" image inspect --format '{{index .Config.Labels "motorpool-lab.stand-in"}}' "$1" 2>/dev/null)" = '' ] &&
    "$docker" image inspect "$1" >/dev/null 2>&1
}

# Imports the root file system $1 once per recipe; prints the image's name.
import_rootfs() {
  local tarball image
  tarball=$("$lab/rootfs.sh" "$1")
  image=motorpool-lab/rootfs:$(basename "$tarball" .tar)
  "$docker" image inspect "$image" >/dev/null 2>&1 ||
    "$docker" import --change 'LABEL motorpool-lab.stand-in=true' "$tarball" "$image" >/dev/null
  echo "$image"
}

# What the stand-in of node takes over from this machine: the authorities it trusts and its npm registry.
describe_machine() {
  cp "${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}" "$machine/ca-certificates.crt"
  echo "registry=$(npm config get registry 2>/dev/null)" >"$machine/npmrc"
}

make_stand_in() {
  local name=$1 image=$2 rootfs
  rootfs=$(import_rootfs "$name")
  if [ "$name" = debian ]; then
    "$docker" tag "$rootfs" "$image"
    return
  fi
  "$docker" buildx build --quiet --build-arg "ROOTFS=$rootfs" --build-context "machine=$machine" \
    --tag "$image" "$lab/images/$name" >/dev/null
}

ensure_image() {
  local name=$1 image=$2
  if is_official "$image"; then return; fi
  if [ "$registry_reachable" = true ] && "$docker" pull --quiet "$image" >/dev/null; then return; fi
  make_stand_in "$name" "$image"
}

describe_machine
registry_reachable=false
if timeout 60 "$docker" pull --quiet debian:bookworm-slim >/dev/null 2>&1; then registry_reachable=true; fi
ensure_image debian debian:bookworm-slim
ensure_image node node:24-slim
ensure_image nginx nginx:1.30
ensure_image mysql mysql:9.7
ensure_image registry registry:2
"$docker" buildx build --quiet --tag motorpool-lab/host "$lab/images/host" >/dev/null
for label in motorpool-lab motorpool-lab.stand-in; do # what an earlier recipe made
  "$docker" image prune --force --filter "label=$label" >/dev/null
done
