#!/usr/bin/env bash
# Gives this machine `mysqld`, `mysql`, `nginx`, `prometheus` and what belongs to it without installing anything on it: the
# binaries of Debian sid, started through the dynamic linker of the root file system with MySQL and NGINX. Prints the folder
# to put on PATH.
set -euo pipefail

lab=$(cd "$(dirname "$0")" && pwd)
cache=${MOTORPOOL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/motorpool}

# Writes the command $1 that runs the program $2, by the command in `by` if there is one; $3… come before its own arguments.
write_command() {
  local command=$1 program=$2
  shift 2
  cat >"$bin/.$command" <<END
#!/bin/sh
exec ${by:-} '$linker' --library-path '$libraries:$libraries/private' '$program' $* "\$@"
END
  chmod +x "$bin/.$command"
  mv "$bin/.$command" "$bin/$command"
}

bin=$cache/bin
mkdir -p "$bin" "$cache/host-tools"
exec 9>"$cache/host-tools/lock"
flock 9
made=$(bash "$lab/rootfs.sh" sid)
root=$cache/host-tools/$(basename "$made")
if [ ! -d "$root" ]; then
  rm -rf "$cache"/host-tools/*
  mkdir -p "$root.unfinished"
  tar -xf "$made/mysql.tar" -C "$root.unfinished" --no-same-owner --exclude='./dev/*'
  mv "$root.unfinished" "$root"
fi
linker=$(echo "$root"/lib*/ld-linux-*.so.*)
libraries=$(dirname "$(echo "$root"/usr/lib/*-linux-gnu/libc.so.6)")
write_command mysqld "$root/usr/sbin/mysqld" --no-defaults --basedir="$root/usr" \
  --lc-messages-dir="$root/usr/share/mysql" --character-sets-dir="$root/usr/share/mysql/charsets" \
  --plugin-dir="$root/usr/lib/mysql/plugin" --secure-file-priv=NULL
write_command mysql "$root/usr/bin/mysql" --no-defaults --character-sets-dir="$root/usr/share/mysql/charsets"
write_command nginx "$root/usr/sbin/nginx"
prometheus=$(bash "$lab/rootfs.sh" prometheus)
for command in prometheus prometheus-node-exporter prometheus-mysqld-exporter; do
  write_command $command "$prometheus/usr/bin/$command"
done
# Debian's Alertmanager reads a file of its package at a fixed path: only it sees the package's in place of this machine's.
by="unshare --mount $([ "$(id -u)" = 0 ] || echo --map-root-user) sh -c 'mount --bind \"$prometheus/usr/share\" /usr/share && exec \"\$@\"' sh" \
  write_command prometheus-alertmanager "$prometheus/usr/bin/prometheus-alertmanager"
echo "$bin"
