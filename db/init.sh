#!/usr/bin/env bash
# What the official MySQL image runs at its first start, as /docker-entrypoint-initdb.d/init.sh: makes the tables,
# loads the people, and makes $DB_USER with only the right to read and to add people. The image could make a user too,
# but would leave the password in the environment of the server. The container's health check asks as the user `probe`,
# who needs no password and reads nobody's name.
# schema.sql and people.csv stand in another folder, or the image would run schema.sql by itself and cut its triggers
# at every semicolon. The image sources a script that it cannot execute: hence the subshell.
(
  set -euo pipefail
  folder=${SEED_FOLDER:-/db}
  : "${MYSQL_DATABASE:?is not set}" "${DB_USER:?is not set}" "${DB_PASSWORD_FILE:?is not set}"
  # A password ends where its line ends, whatever an editor or a clone made of the file.
  password=$(sed '1!d; s/^\xEF\xBB\xBF//; s/\r.*//' "$DB_PASSWORD_FILE")
  password=${password//\\/\\\\}
  password=${password//\'/\\\'}

  run_sql() {
    MYSQL_PWD=${MYSQL_ROOT_PASSWORD:-} mysql --user=root --default-character-set=utf8mb4 "$@" "$MYSQL_DATABASE"
  }

  run_sql --delimiter=// <"$folder/schema.sql"

  # A spreadsheet may have saved the list with a byte order mark, CRLF and empty lines.
  list=$(<"$folder/people.csv")
  list=${list#$'\xef\xbb\xbf'} list=${list//$'\r'/}
  while [[ $list == *$'\n\n'* ]]; do list=${list//$'\n\n'/$'\n'}; done
  if [[ ${list%%$'\n'*} != name ]]; then
    echo "Expected the first line of $folder/people.csv to be \"name\"." >&2
    exit 1
  fi

  # LOCAL needs no folder that the server may read, but it makes warnings of errors: so none is allowed. A bulk load
  # takes more ids than it uses: the ALTER gives the rest back.
  warnings=$(
    printf %s "$list" | run_sql --local-infile=1 --skip-column-names --execute="
      SET GLOBAL local_infile = ON;
      LOAD DATA LOCAL INFILE '/dev/stdin' INTO TABLE people CHARACTER SET utf8mb4
        FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' LINES TERMINATED BY '\n'
        IGNORE 1 LINES (@name) SET name = TRIM(@name);
      SHOW WARNINGS;
      SET GLOBAL local_infile = OFF;
      ALTER TABLE people AUTO_INCREMENT = 1"
  )
  if [[ $warnings ]]; then
    printf 'Some people in %s cannot be loaded:\n%s\n' "$folder/people.csv" "$warnings" >&2
    exit 1
  fi

  run_sql <<END
    CREATE USER '$DB_USER' IDENTIFIED BY '$password';
    GRANT SELECT, INSERT ON people TO '$DB_USER';
    GRANT SELECT ON seats TO '$DB_USER';
    CREATE USER probe@127.0.0.1;
    GRANT SELECT ON seats TO probe@127.0.0.1;
END
)
