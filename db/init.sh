#!/usr/bin/env bash
# What the official MySQL image runs at its first start, as /docker-entrypoint-initdb.d/init.sh: makes the tables, and
# $DB_USER with only the right to read and to add people; service 1 has the list of people, and loads it. The image could
# make a user too, but would leave the password in the environment of the server. The container's health check asks as
# the user `probe`, who needs no password and reads nobody's name.
# schema.sql stands in another folder, or the image would run it by itself and cut its triggers at every semicolon. The
# image sources a script that it cannot execute: hence the subshell.
(
  set -euo pipefail
  : "${MYSQL_DATABASE:?is not set}" "${DB_USER:?is not set}" "${DB_PASSWORD_FILE:?is not set}"
  # A password ends where its line ends, whatever an editor or a clone made of the file.
  password=$(sed '1!d; s/^\xEF\xBB\xBF//; s/\r.*//' "$DB_PASSWORD_FILE")
  password=${password//\\/\\\\}
  password=${password//\'/\\\'}

  run_sql() {
    MYSQL_PWD=${MYSQL_ROOT_PASSWORD:-} mysql --user=root --default-character-set=utf8mb4 "$@" "$MYSQL_DATABASE"
  }

  run_sql --delimiter=// <"${SCHEMA:-/db/schema.sql}"

  run_sql <<END
    CREATE USER '$DB_USER' IDENTIFIED BY '$password';
    GRANT SELECT, INSERT ON people TO '$DB_USER';
    GRANT SELECT ON seats TO '$DB_USER';
    GRANT SELECT, INSERT ON list_parts TO '$DB_USER';
    GRANT SELECT ON performance_schema.replication_group_members TO '$DB_USER';
    CREATE USER probe@127.0.0.1;
    GRANT SELECT ON seats TO probe@127.0.0.1;
END

  ended=${MYSQL_FOLDER:-/var/lib/mysql}/.first-start-ended # for start.sh
  : >"$ended"
  sync "$ended"
)
