#!/usr/bin/env bash
# Starts MySQL in place of the official image's own entrypoint, which takes a folder that has anything of a database for
# a whole one. So a first start that did not come to its end, whatever ended it, is done again: a folder with the mark
# that it was begun, and without the one that init.sh leaves at the end, is made anew. A folder that was never empty
# here has no mark and stays as it is. MySQL does not mind a file in an empty folder if its name begins with a dot.
set -euo pipefail
folder=${MYSQL_FOLDER:-/var/lib/mysql}
begun=$folder/.first-start-begun

if [[ -e $begun && ! -e $folder/.first-start-ended ]]; then
  echo 'The first start did not come to its end; it is done again.' >&2
  find "$folder" -mindepth 1 ! -path "$begun" -delete
fi
if [[ ! $(ls -A "$folder") ]]; then : >"$begun"; fi
# A killed server leaves the lock of its socket, and the next one would take whoever has its number now for that server.
rm -f "${MYSQL_UNIX_PORT:-/run/mysqld/mysqld.sock}.lock"
if [[ ${DB_MEMBERS:-} ]]; then exec bash "${0%/*}/member.sh" "$@"; fi
exec docker-entrypoint.sh "$@"
