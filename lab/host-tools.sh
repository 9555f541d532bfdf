#!/usr/bin/env bash
# Gives this machine `mysqld`, `mysql` and `nginx` without installing anything on it: the binaries of the
# nginx and mysql root file systems, started through their own dynamic linker. Prints the folder to put on PATH.
set -euo pipefail

lab=$(cd "$(dirname "$0")" && pwd)
cache=${MOTORPOOL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/motorpool}

# Unpacks the root file system $1 once; prints the folder.
unpack() {
  local name=$1 tarball root
  tarball=$("$lab/rootfs.sh" "$name")
  root=$cache/host-tools/$(basename "$tarball" .tar)
  if [ ! -d "$root" ]; then
    rm -rf "$cache/host-tools/$name"-*
    mkdir -p "$root.unfinished"
    tar -xf "$tarball" -C "$root.unfinished" --no-same-owner --exclude='./dev/*'
    mv "$root.unfinished" "$root"
  fi
  echo "$root"
}

# Writes the command $1 that runs the program $3 of the root file system $2; $4… come before its own arguments.
write_command() {
  local command=$1 root=$2 program=$3 linker libraries
  shift 3
  linker=$(echo "$root"/lib*/ld-linux-*.so.*)
  libraries=$(dirname "$(echo "$root"/usr/lib/*-linux-gnu/libc.so.6)")
  cat >"$bin/.$command" <<END
#!/bin/sh
exec '$linker' --library-path '$libraries:$libraries/private' '$root/usr/$program' $* "\$@"
END
  chmod +x "$bin/.$command"
  mv "$bin/.$command" "$bin/$command"
}

bin=$cache/bin
mkdir -p "$bin" "$cache/host-tools"
exec 9>"$cache/host-tools/lock"
flock 9
mysql=$(unpack mysql)
nginx=$(unpack nginx)
write_command mysqld "$mysql" sbin/mysqld --no-defaults --basedir="$mysql/usr" \
  --lc-messages-dir="$mysql/usr/share/mysql" --character-sets-dir="$mysql/usr/share/mysql/charsets" \
  --plugin-dir="$mysql/usr/lib/mysql/plugin" --secure-file-priv=NULL
write_command mysql "$mysql" bin/mysql --no-defaults --character-sets-dir="$mysql/usr/share/mysql/charsets"
write_command nginx "$nginx" sbin/nginx
echo "$bin"
