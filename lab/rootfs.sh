#!/usr/bin/env bash
# shellcheck disable=SC2016
# Makes the root file system NAME out of Debian's and npm's packages, or takes it from the cache,
# and prints the path of its tarball. NAME: debian, node, nginx, mysql or registry.
set -euo pipefail

name=${1:?Say which root file system: debian, node, nginx, mysql or registry.}
cache=${MOTORPOOL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/motorpool}/rootfs

case $name in
  debian) suite=bookworm packages=ca-certificates ;;
  node) suite=bookworm packages=ca-certificates ;;
  nginx) suite=sid packages=nginx-light ;;
  mysql) suite=sid packages=mysql-server-core,mysql-client-core ;;
  registry) suite=trixie packages=docker-registry,ca-certificates ;;
  *) echo "There is no root file system called \`$name\`." >&2 && exit 2 ;;
esac

# The mirror that this machine's own apt uses for Debian; empty means mmdebstrap's default.
debian_mirror() {
  apt-get indextargets --format '$(LABEL) $(REPO_URI)' 2>/dev/null | awk '$1 == "Debian" { print $2; exit }'
}

install_mmdebstrap() {
  command -v mmdebstrap >/dev/null && return
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    mmdebstrap) >&2
}

# Unpacks Node 24 and npm 11 from npm's registry where the official image has them.
unpack_node() {
  local root=$1 packed
  packed=$(mktemp -d)
  (cd "$packed" && npm pack --silent "node-linux-$(node -p process.arch)@24" npm@11 >&2)
  mkdir -p "$root/usr/local/bin" "$root/usr/local/lib/node_modules/npm"
  tar -xzf "$packed"/node-linux-*.tgz -C "$root/usr/local" --strip-components=1 package/bin/node
  tar -xzf "$packed"/npm-*.tgz -C "$root/usr/local/lib/node_modules/npm" --strip-components=1
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
  rm -r "$packed"
}

make_rootfs() {
  local tarball=$1 mirror hooks=()
  if [ "$name" = node ]; then
    hooks+=("--customize-hook=$(declare -f unpack_node); unpack_node \"\$1\"")
  fi
  mirror=$(debian_mirror)
  mmdebstrap --quiet --variant=minbase --include="$packages" \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    "${hooks[@]}" \
    --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt; find "$1"/var/log -type f -delete' \
    "$suite" "$tarball" ${mirror:+"$mirror"} >&2
}

recipe=$( (echo "$suite $packages"; declare -f make_rootfs unpack_node) | sha256sum | cut -c1-8)
tarball=$cache/$name-$recipe.tar
mkdir -p "$cache"
exec 9>"$cache/$name.lock"
flock 9
if [ ! -s "$tarball" ]; then
  echo "Making the root file system of $name from Debian $suite …" >&2
  install_mmdebstrap
  unfinished=$cache/.unfinished-$name.tar
  make_rootfs "$unfinished"
  rm -f "$cache/$name"-*.tar
  mv "$unfinished" "$tarball"
fi
echo "$tarball"
