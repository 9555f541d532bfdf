#!/usr/bin/env bash
# shellcheck disable=SC1090,SC2119,SC2120
# Keeps the contract of the official image's entrypoint: the MYSQL_* variables and their *_FILE forms,
# /docker-entrypoint-initdb.d on the first start, the drop to user mysql. Only time zone tables are left out.
set -euo pipefail

socket=/var/run/mysqld/mysqld.sock

mysql_note() { echo "[Entrypoint] $*"; }
mysql_error() { mysql_note "$*" >&2 && exit 1; }

# Exports the variable $1 from itself or from the file that $1_FILE names, else with the default $2.
file_env() {
  local name=$1 default=${2:-} file_name=$1_FILE
  if [ -n "${!name:-}" ] && [ -n "${!file_name:-}" ]; then
    mysql_error "Both $name and $file_name are set; set one of them."
  fi
  if [ -n "${!file_name:-}" ]; then
    export "$name=$(<"${!file_name}")"
    unset "$file_name"
  else
    export "$name=${!name:-$default}"
  fi
}

# Runs SQL from standard input as root over the socket; the password is on no command line.
docker_process_sql() {
  mysql --defaults-extra-file=<(printf '[client]\npassword="%s"\n' "$root_password") \
    --protocol=socket --user=root --socket="$socket" --comments ${MYSQL_DATABASE:+--database="$MYSQL_DATABASE"} "$@"
}

quoted() { local value=${1//\\/\\\\} && printf "'%s'" "${value//\'/\\\'}"; }

start_temporary_server() {
  mysql_note 'Starting temporary server.'
  "$@" --skip-networking --mysqlx=OFF --socket="$socket" &
  temporary_server=$!
  for _ in {1..300}; do
    if MYSQL_DATABASE='' docker_process_sql <<<'SELECT 1' >/dev/null 2>&1; then return; fi
    kill -0 "$temporary_server" 2>/dev/null || break
    sleep 0.1
  done
  mysql_error 'Unable to start server.'
}

stop_temporary_server() {
  kill "$temporary_server"
  wait "$temporary_server"
  mysql_note 'Temporary server stopped.'
}

create_users_and_database() {
  local new_password=$MYSQL_ROOT_PASSWORD
  if [ "$MYSQL_ROOT_HOST" != localhost ]; then
    MYSQL_DATABASE='' docker_process_sql <<END
CREATE USER 'root'@$(quoted "$MYSQL_ROOT_HOST") IDENTIFIED BY $(quoted "$new_password");
GRANT ALL ON *.* TO 'root'@$(quoted "$MYSQL_ROOT_HOST") WITH GRANT OPTION;
END
  fi
  MYSQL_DATABASE='' docker_process_sql <<END
ALTER USER 'root'@'localhost' IDENTIFIED BY $(quoted "$new_password");
DROP DATABASE IF EXISTS test;
${MYSQL_DATABASE:+CREATE DATABASE IF NOT EXISTS \`$MYSQL_DATABASE\`;}
END
  root_password=$new_password
  if [ -n "$MYSQL_USER" ] && [ -n "$MYSQL_PASSWORD" ]; then
    docker_process_sql <<END
CREATE USER $(quoted "$MYSQL_USER")@'%' IDENTIFIED BY $(quoted "$MYSQL_PASSWORD");
${MYSQL_DATABASE:+GRANT ALL ON \`${MYSQL_DATABASE//_/\\_}\`.* TO $(quoted "$MYSQL_USER")@'%';}
END
  fi
}

process_init_files() {
  local file
  for file; do
    mysql_note "Running $file"
    case $file in
      *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
      *.sql) docker_process_sql <"$file" ;;
      *.sql.gz) gunzip -c "$file" | docker_process_sql ;;
      *) mysql_note "Ignoring $file" ;;
    esac
  done
}

initialise() {
  file_env MYSQL_ROOT_HOST %
  file_env MYSQL_DATABASE
  file_env MYSQL_USER
  file_env MYSQL_PASSWORD
  file_env MYSQL_ROOT_PASSWORD
  if [ -n "${MYSQL_RANDOM_ROOT_PASSWORD:-}" ]; then
    MYSQL_ROOT_PASSWORD=$(head -c 24 /dev/urandom | base64)
    mysql_note "GENERATED ROOT PASSWORD: $MYSQL_ROOT_PASSWORD"
  elif [ -z "$MYSQL_ROOT_PASSWORD" ] && [ -z "${MYSQL_ALLOW_EMPTY_PASSWORD:-}" ]; then
    mysql_error 'Set MYSQL_ROOT_PASSWORD, MYSQL_ALLOW_EMPTY_PASSWORD or MYSQL_RANDOM_ROOT_PASSWORD.'
  fi
  root_password=''
  "$@" --initialize-insecure
  start_temporary_server "$@"
  create_users_and_database
  process_init_files /docker-entrypoint-initdb.d/*
  stop_temporary_server
  mysql_note 'MySQL init process done. Ready for start up.'
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
