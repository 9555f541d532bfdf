#!/usr/bin/env bash
# shellcheck disable=SC1090
# Keeps as much of the contract of the official image's entrypoint as the stack uses: MYSQL_DATABASE, a root without a
# password inside the container alone, /docker-entrypoint-initdb.d at the first start, and the drop to user mysql.
set -euo pipefail

initialise() {
  local server file
  if [ "${MYSQL_ALLOW_EMPTY_PASSWORD:-}" = '' ] || [ "${MYSQL_ROOT_HOST:-}" != localhost ]; then
    echo 'This stand-in wants MYSQL_ALLOW_EMPTY_PASSWORD=yes and MYSQL_ROOT_HOST=localhost.' >&2 && exit 1
  fi
  "$@" --initialize-insecure
  "$@" --skip-networking --mysqlx=OFF &
  server=$!
  until mysql --user=root --execute="CREATE DATABASE IF NOT EXISTS \`$MYSQL_DATABASE\`" 2>/dev/null; do
    kill -0 "$server"
    sleep 0.1
  done
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
      *.sql) mysql --user=root "$MYSQL_DATABASE" <"$file" ;;
      *) echo "Ignoring $file" ;;
    esac
  done
  kill "$server"
  wait "$server"
}

shopt -s nullglob
if [[ ${1:--} = -* ]]; then set -- mysqld "$@"; fi
if [ "$1" = mysqld ]; then
  if [ "$(id -u)" = 0 ]; then
    chown -R mysql:mysql /var/lib/mysql /var/lib/mysql-files /run/mysqld
    exec setpriv --reuid=mysql --regid=mysql --init-groups "$0" "$@"
  fi
  if [ ! -d /var/lib/mysql/mysql ]; then initialise "$@"; fi
fi
exec "$@"
