#!/usr/bin/env bash
# Makes sure that the engine has the base images under their official names: pulled where an image registry
# can be reached, else stand-ins made of Debian's and npm's packages. Builds the image of the lab's hosts too.
# Usage: base-images.sh [IMAGE …], the names of Prometheus's images like prom/alertmanager:v1.2.3, instead of those that all needs
set -euo pipefail

lab=$(cd "$(dirname "$0")" && pwd)
docker=$(bash "$lab/engine.sh")
machine=$(mktemp -d)
trap 'rm -r "$machine"' EXIT

# The recipe that a stand-in or a root file system was made by; nothing for an official image.
recipe_of() { "$docker" image inspect --format '{{index .Config.Labels "motorpool-lab.stand-in"}}' "$1" 2>/dev/null; }

# A stand-in is looked at again each time, because its recipe may have changed; an official image is kept.
is_official() { "$docker" image inspect "$1" >/dev/null 2>&1 && [ "$(recipe_of "$1")" = '' ]; }

# Imports the tarball $2 of the root file systems $1 once for each recipe; prints the image's name.
import_rootfs() {
  local folder recipe image=motorpool-lab/rootfs:$2
  folder=$(bash "$lab/rootfs.sh" "$1")
  recipe=$(basename "$folder")
  [ "$(recipe_of "$image")" = "$recipe" ] ||
    "$docker" import --change "LABEL motorpool-lab.stand-in=$recipe" "$folder/$2.tar" "$image" >/dev/null
  echo "$image"
}

# Builds the image $2 by its part $1 of images/Dockerfile on the root file system $3; the rest is for the build.
build() {
  local name=$1 image=$2 rootfs=$3
  shift 3
  "$docker" buildx build --quiet --target "$name" --tag "$image" --build-arg "ROOTFS=$rootfs" "$@" "$lab/images" >/dev/null
}

make_stand_in() {
  local name=$1 image=$2 rootfs unpacked
  case $name in
    debian)
      rootfs=$(import_rootfs bookworm debian)
      "$docker" tag "$rootfs" "$image"
      ;;
    node)
      unpacked=$(bash "$lab/rootfs.sh" node)
      build node "$image" debian:bookworm-slim --build-context "unpacked=$unpacked" --build-context "machine=$machine"
      ;;
    prometheus*)
      rootfs=$(import_rootfs sid nginx)
      unpacked=$(bash "$lab/rootfs.sh" prometheus)
      build prom "$image" "$rootfs" --build-context "unpacked=$unpacked" --build-arg "PROGRAM=$name"
      ;;
    *)
      rootfs=$(import_rootfs sid "${name/registry/nginx}") # which has both
      build "$name" "$image" "$rootfs"
      ;;
  esac
}

ensure_image() {
  local name=$1 image=$2
  if is_official "$image"; then return; fi
  if [ "$registry_reachable" = true ] && "$docker" pull --quiet "$image" >/dev/null; then return; fi
  make_stand_in "$name" "$image"
}

ensure_host() {
  local rootfs=debian:bookworm-slim
  is_official "$rootfs" || rootfs=$(import_rootfs bookworm host)
  build host motorpool-lab/host "$rootfs"
}

# What the stand-in of node takes over from this machine: the authorities it trusts and its npm registry.
cp "${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}" "$machine/ca-certificates.crt"
echo "registry=$(npm config get registry 2>/dev/null)" >"$machine/npmrc"

registry_reachable=false
if timeout 60 "$docker" pull --quiet debian:bookworm-slim >/dev/null 2>&1; then registry_reachable=true; fi
for image in "$@"; do
  name=prometheus-${image##*/}
  name=${name%:*}
  ensure_image "${name/prometheus-prometheus/prometheus}" "$image"
done
if [ $# -gt 0 ]; then exit; fi
failed=0 makings=()
{ ensure_image debian debian:bookworm-slim; ensure_image node node:24-slim; } &
makings+=($!)
{ ensure_image nginx nginx:1.30; ensure_image registry registry:2; } &
makings+=($!)
ensure_image mysql mysql:9.7 &
makings+=($!)
ensure_host &
makings+=($!)
for making in "${makings[@]}"; do wait "$making" || failed=1; done
for label in motorpool-lab motorpool-lab.stand-in; do # what an earlier recipe made
  "$docker" image prune --force --filter "label=$label" >/dev/null
done
exit $failed
