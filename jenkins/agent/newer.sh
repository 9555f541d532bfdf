#!/bin/sh
# Runs the program by whose name it is called out of /newer, a Debian of its own, with that Debian's libraries.
set -eu
usr=/newer/usr
libraries=$(dirname "$(echo $usr/lib/*-linux-gnu/libc.so.6)")
program=$usr/sbin/$(basename "$0")
case $program in
  */mysqld)
    set -- --no-defaults --basedir=$usr --lc-messages-dir=$usr/share/mysql \
      --character-sets-dir=$usr/share/mysql/charsets --plugin-dir=$usr/lib/mysql/plugin --secure-file-priv=NULL "$@"
    ;;
  */mysql)
    program=$usr/bin/mysql
    set -- --no-defaults --character-sets-dir=$usr/share/mysql/charsets "$@"
    ;;
  */prometheus*) program=$usr/bin/$(basename "$0") ;;
esac
exec "$(echo $usr/lib*/ld-linux-*.so.*)" --library-path "$libraries:$libraries/private" "$program" "$@"
