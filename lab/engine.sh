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
  [ -f "$state/pid" ] && [ "$(cat "/proc/$(cat "$state/pid")/comm" 2>/dev/null)" = unshare ]
}

install_engine() {
  local packages=(docker.io docker-cli docker-compose docker-buildx containerd) mirror sources=$state/sources apt=(apt-get -qq)
  [ "$(id -u)" = 0 ] || fail 'No working Docker Engine found, and only root can install one.'
  say 'Installing Docker Engine from the packages of Debian …'
  apt-get -qq update >&2
  case $(. /etc/os-release && echo "$VERSION_CODENAME") in
    bookworm) # whose own engine is too old for `start_interval` in health checks: so these come from trixie, for this once
      mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' | awk '$1 == "Debian" { print $2; exit }')
      cp -rT /etc/apt/sources.list.d "$sources"
      echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$sources/trixie.list"
      apt+=(-o "Dir::Etc::SourceParts=$sources" -o APT::Default-Release=bookworm)
      "${apt[@]}" update >&2
      packages=("${packages[@]/%//trixie}")
      ;;
    trixie | forky | sid) ;;
    *) fail 'This machine has no Docker Engine and is no Debian 12 or newer: please install Docker Engine 25 or newer.' ;;
  esac
  # Without a service manager the package's own start script would leave an engine that nobody stops.
  [ -d /run/systemd/system ] || export RUNLEVEL=1
  DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "${packages[@]}" procps >&2
}

start_engine() {
  [ "$(id -u)" = 0 ] || fail 'No Docker Engine answers, and only root can start one.'
  say 'Starting Docker Engine …'
  iptables -nL >/dev/null 2>&1 || update-alternatives --set iptables /usr/sbin/iptables-legacy >&2
  rm -rf "$state/run" "$state/dockerd.pid" # of an engine that was killed; other processes have its numbers now
  (
    join_own_cgroup
    # In namespaces of its own, whose first process takes all others with it, and their mounts: no end leaves anything.
    exec setsid unshare --pid --mount-proc --fork --kill-child bash -c 'dockerd "$@" & trap "kill $!" TERM; wait; wait' \
      engine --data-root "$state/data" --exec-root "$state/run" --pidfile "$state/dockerd.pid" \
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

stop_engine() {
  local cgroup
  if our_engine_runs; then
    say 'Stopping Docker Engine …'
    pkill -TERM --parent "$(cat "$state/pid")" || true # which may have ended just now
    while our_engine_runs; do sleep 0.2; done
  fi
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
