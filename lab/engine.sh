#!/usr/bin/env bash
# shellcheck disable=SC1091,SC2016
# Makes sure that a Docker Engine answers on this machine and prints the path of the `docker` to talk to it with.
# Where a normal Docker works, this changes nothing. `engine.sh stop` stops the engine that this script started.
set -euo pipefail

# An engine of our own keeps everything in this folder (images too), so that it never mixes with another's
# /var/lib/docker and is gone when the folder is.
state=${XDG_STATE_HOME:-$HOME/.local/state}/motorpool/engine

say() { echo "$*" >&2; }
fail() { say "$*" && exit 1; }

# The first docker on PATH that knows `compose` and `buildx`.
capable_client() {
  local client
  while read -r client; do
    if "$client" compose version >/dev/null 2>&1 && "$client" buildx version >/dev/null 2>&1; then
      echo "$client"
      return
    fi
  done < <(type -ap docker)
  return 1
}

engine_answers() { "$(capable_client)" version >/dev/null 2>&1; }

our_engine_runs() {
  [ -f "$state/pid" ] && [ "$(cat "/proc/$(cat "$state/pid")/comm" 2>/dev/null)" = dockerd ]
}

debian_mirror() {
  apt-get indextargets --format '$(LABEL) $(REPO_URI)' | awk '$1 == "Debian" { print $2; exit }'
}

# Bookworm's own engine is too old for `start_interval` in health checks, so only these five come from trixie.
prefer_engine_of_trixie() {
  cat >/etc/apt/sources.list.d/motorpool-lab.sources <<END
Types: deb
URIs: $(debian_mirror)
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
  cat >/etc/apt/preferences.d/motorpool-lab <<'END'
Package: *
Pin: release n=trixie
Pin-Priority: -10

Package: docker.io docker-cli docker-compose docker-buildx containerd
Pin: release n=trixie
Pin-Priority: 990
END
}

install_engine() {
  [ "$(id -u)" = 0 ] || fail 'No working Docker Engine found, and only root can install one.'
  say 'Installing Docker Engine from the packages of Debian …'
  apt-get update -qq >&2
  case $(. /etc/os-release && echo "$VERSION_CODENAME") in
    bookworm) prefer_engine_of_trixie && apt-get update -qq >&2 ;;
    trixie | forky | sid) ;;
    *) fail 'This machine has no Docker Engine and is no Debian 12 or newer: please install Docker Engine 25 or newer.' ;;
  esac
  # Without a service manager the package's own start script would leave an engine that nobody stops.
  [ -d /run/systemd/system ] || export RUNLEVEL=1
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    docker.io docker-cli docker-compose docker-buildx containerd procps >&2
}

start_engine() {
  [ "$(id -u)" = 0 ] || fail 'No Docker Engine answers, and only root can start one.'
  say 'Starting Docker Engine …'
  iptables -nL >/dev/null 2>&1 || update-alternatives --set iptables /usr/sbin/iptables-legacy >&2
  rm -f "$state/dockerd.pid" # of an engine that was killed; another process may have its number now
  (
    join_own_cgroup
    exec setsid dockerd --data-root "$state/data" --exec-root "$state/run" --pidfile "$state/dockerd.pid" \
      --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent /motorpool.slice
  ) >"$state/log" 2>&1 </dev/null 9>&- &
  echo $! >"$state/pid"
  for _ in $(seq 150); do
    engine_answers && return
    our_engine_runs || break
    sleep 0.2
  done
  tail -5 "$state/log" >&2
  fail "Docker Engine did not start; its log is $state/log."
}

# The engine and its containers are in one cgroup, so that their CPU time can be told from everything else's: noise.ts.
join_own_cgroup() {
  local cgroup=/sys/fs/cgroup/cpuacct/motorpool.slice
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then cgroup=/sys/fs/cgroup/motorpool.slice/processes; fi
  { mkdir -p "$cgroup" && echo "$BASHPID" >"$cgroup/cgroup.procs"; } 2>/dev/null || return 0
}

# The containerd of our engine and the shims of its containers; those of engines within them name another folder.
our_containerds() {
  local process name
  for process in /proc/[0-9]*; do
    if read -r name <"$process/comm" && [[ $name = containerd* ]] && grep -qszF "$state/run/" "$process/cmdline"; then
      basename "$process"
    fi
  done 2>/dev/null
}

# An engine that was killed leaves its containerd, its containers and their mounts: these go too.
stop_engine() {
  local process mount cgroup
  if our_engine_runs; then
    say 'Stopping Docker Engine …'
    kill "$(cat "$state/pid")"
    while our_engine_runs; do sleep 0.2; done
  fi
  for process in $(our_containerds); do
    pkill -KILL --parent "$process" || true # with its first process a container ends
    kill -KILL "$process" 2>/dev/null || true
  done
  while [ -n "$(our_containerds)" ]; do sleep 0.2; done
  awk -v state="$state/" 'index($5, state) == 1 { print $5 }' /proc/self/mountinfo | tac | while read -r mount; do
    umount "$mount"
  done
  rm -f "$state/pid"
  for cgroup in /sys/fs/cgroup{,/*}/motorpool.slice; do
    if [ -d "$cgroup" ] && [ "$(find "$cgroup" -name cgroup.procs -exec cat {} +)" = '' ]; then
      find "$cgroup" -depth -type d -exec rmdir {} \;
    fi
  done
}

mkdir -p "$state"
exec 9>"$state/lock"
flock 9
case ${1:-start} in
  start)
    if ! engine_answers; then
      stop_engine # one of ours that does not answer, or what is left of it
      if ! command -v dockerd >/dev/null || ! capable_client >/dev/null; then install_engine; fi
      start_engine
    fi
    capable_client
    ;;
  stop) stop_engine ;;
  *) fail 'Say `start` or `stop`.' ;;
esac
