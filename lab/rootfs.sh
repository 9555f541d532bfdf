#!/usr/bin/env bash
# shellcheck disable=SC2016
# Makes root file systems out of Debian's and npm's packages, or takes them from the cache, and prints their folders.
#   rootfs.sh bookworm   debian.tar and host.tar: a slim Debian, and what a host of the lab has besides
#   rootfs.sh sid        nginx.tar and mysql.tar: NGINX and the registry, and what MySQL has besides
#   rootfs.sh node       usr/local of Node 24 with npm
#   rootfs.sh engine     the Docker Engine of Debian sid, for a bookworm on which no package knows it
#   rootfs.sh prometheus  Prometheus, Alertmanager and two exporters of Debian sid, and a busybox that needs nothing
#   rootfs.sh all        all four at the same time
#   rootfs.sh ansible    ansible-playbook of Debian 13, on the Python and the libraries of this machine's own Ansible
set -euo pipefail

lab=$(cd "$(dirname "$0")" && pwd)
cache=${MOTORPOOL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/motorpool}/rootfs

# The mirror that this machine's own apt uses for Debian; empty means mmdebstrap's default.
debian_mirror() {
  apt-get indextargets --format '$(LABEL) $(REPO_URI)' 2>/dev/null | awk '$1 == "Debian" { print $2; exit }'
}

install_mmdebstrap() {
  flock "$cache/mmdebstrap.lock" bash -c 'command -v mmdebstrap || { apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap; }' >&2
}

# Keeps the root file system $1 as it is now in the tarball $2, then installs the packages $3… in it.
keep_and_install() {
  local root=$1 tarball=$2
  shift 2
  tar --create --file="$tarball" --directory="$root" --one-file-system \
    --exclude='./var/lib/apt/lists/*' --exclude='./var/cache/apt/*' --exclude='./var/log/*.log' --exclude='./tmp/*' \
    --exclude='*/policy-rc.d' --exclude='*.REAL' .
  DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Bootstraps the suite $2 once for two tarballs in the folder $1: $3.tar with the packages $4, and $5.tar with $6 besides.
bootstrap() {
  local folder=$1 suite=$2 first=$3 packages=$4 second=$5 more=$6 mirror
  install_mmdebstrap
  mirror=$(debian_mirror)
  mmdebstrap --quiet --variant=apt --include="$packages" \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --aptopt='Acquire::Languages "none"' \
    --dpkgopt='force-unsafe-io' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook="$(declare -f keep_and_install); keep_and_install \"\$1\" '$folder/$first.tar' $more" \
    --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt "$1"/etc/ssh/ssh_host_*; find "$1"/var/log -type f -delete' \
    "$suite" "$folder/$second.tar" ${mirror:+"$mirror"} >&2
}

# Unpacks Node 24 and npm 11 from npm's registry into the folder $1, where the official image has them.
unpack_node() {
  local folder=$1 packed=$1/packed
  mkdir -p "$packed" "$folder/usr/local/bin" "$folder/usr/local/lib/node_modules/npm"
  (cd "$packed" && npm pack --silent "node-linux-$(node -p process.arch)@24" npm@11 >&2)
  tar -xzf "$packed"/node-linux-*.tgz -C "$folder/usr/local" --strip-components=1 package/bin/node
  tar -xzf "$packed"/npm-*.tgz -C "$folder/usr/local/lib/node_modules/npm" --strip-components=1
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$folder/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$folder/usr/local/bin/npx"
  rm -r "$packed"
}

# Unpacks packages, each named like PACKAGE/SUITE, into the folder $1.
unpack_packages() (
  cd "$1"
  shift
  mkdir -p lists/partial archives/partial
  printf '%s\n' "${@##*/}" | sort --unique |
    sed "s|.*|deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(debian_mirror) & main|" >sources.list
  apt=(apt-get -qq -o "Dir::Etc::SourceList=$PWD/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$PWD/lists" -o "Dir::Cache=$PWD" -o APT::Sandbox::User=root -o Acquire::Check-Valid-Until=false)
  "${apt[@]}" update >&2
  "${apt[@]}" download "$@" >&2
  for package in *.deb; do dpkg --extract "$package" .; done
  rm -rf ./*.deb ./*.bin lists archives sources.list
)

# Unpacks the Ansible of Debian 13 into the folder $1.
unpack_ansible() (
  unpack_packages "$1" ansible/trixie ansible-core/trixie
  cd "$1"
  cat >ansible-playbook <<'END'
#!/bin/sh
usr=$(dirname "$0")/usr
PYTHONPATH=$usr/lib/python3/dist-packages exec /usr/bin/python3 "$usr/bin/ansible-playbook" "$@"
END
  chmod +x ansible-playbook
)

# Prints the folder of $1 in the cache, after `$2… FOLDER ${3…}` has made it unless it is there in this recipe.
cached() {
  local name=$1 make=$2 recipe folder unfinished=$cache/.unfinished-$1
  shift 2
  recipe=$( (echo "$make $*" && declare -f keep_and_install "$make") | sha256sum | cut -c1-8)
  folder=$cache/$name-$recipe
  mkdir -p "$cache"
  (
    flock 9
    if [ ! -d "$folder" ]; then
      echo "Making the root file systems of $name …" >&2
      rm -rf "$unfinished" "$cache/$name"-*
      mkdir "$unfinished"
      "$make" "$unfinished" "$@"
      mv "$unfinished" "$folder"
    fi
  ) 9>"$cache/$name.lock"
  echo "$folder"
}

case ${1:-all} in
  bookworm)
    cached bookworm bootstrap bookworm debian ca-certificates,passwd host "$(xargs <"$lab/images/host-packages")"
    ;;
  sid)
    # The registry's package wants a systemd, which no container needs.
    cached sid bootstrap sid nginx \
      nginx-light,docker-registry,systemd-standalone-sysusers,systemd-standalone-tmpfiles,ca-certificates,passwd \
      mysql 'mysql-server-core mysql-client-core'
    ;;
  node) cached node unpack_node ;;
  prometheus)
    cached prometheus unpack_packages prometheus/sid prometheus-alertmanager/sid \
      prometheus-node-exporter/sid prometheus-mysqld-exporter/sid busybox-static/sid
    ;;
  ansible) cached ansible unpack_ansible ;;
  engine) cached engine unpack_packages docker.io/sid docker-cli/sid containerd/sid runc/bookworm ;;
  all) printf '%s\n' bookworm sid node prometheus | xargs --max-args=1 --max-procs=4 bash "$lab/rootfs.sh" ;;
  *) echo "There is no root file system called \`$1\`." >&2 && exit 2 ;;
esac
