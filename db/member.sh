#!/usr/bin/env bash
# One member of a group of MySQL servers (Group Replication, one primary), in place of a single server. It joins whoever
# is ONLINE in it, and begins a group only where that is certain to lose nobody: with the word of a person or a deploy,
# which is the file may-found beside the socket, or when all expected members see each other and this one has all that
# any of them has. The file `well` is for the health check: a swarm gives the name `db` to those alone who are well.
# That is whoever is ONLINE, and who was once and has found nobody for 30 s, or after a power cut nobody would meet.
set -euo pipefail
folder=${MYSQL_FOLDER:-/var/lib/mysql}
word=$(dirname "${MYSQL_UNIX_PORT:-/run/mysqld/mysqld.sock}")/may-found
well=${TMPDIR:-/tmp}/well
declare -A has=()
once=$folder/.once-online
password=$(sed '1!d; s/^\xEF\xBB\xBF//; s/\r.*//' "$DB_PASSWORD_FILE")
password=${password:0:32} # more is too long for replication
read -r address _ < <(getent hosts "$HOSTNAME")

sql() {
  mysql --user=root --skip-column-names --batch --execute="$1"
}

ask() { # a member at an address
  MYSQL_PWD=$password timeout 3 mysql --host="$1" --user=member --skip-column-names --batch --execute="$2"
}

# What a member is and has: its name, its state, the transactions that it has executed or received.
look="SELECT @@report_user,
  (SELECT MEMBER_STATE FROM performance_schema.replication_group_members WHERE MEMBER_ID IN ('', @@server_uuid)),
  REPLACE(GTID_SUBTRACT(CONCAT(@@global.gtid_executed, ',', (SELECT COALESCE(MAX(RECEIVED_TRANSACTION_SET), '') FROM
    performance_schema.replication_connection_status WHERE CHANNEL_NAME = 'group_replication_applier')), ''), '\n', '')"

listed='SELECT COUNT(*) FROM performance_schema.replication_group_members WHERE MEMBER_ID'

tell() { # once
  if [[ $1 != "${told:-}" ]]; then echo "$1" >&2; fi
  told=$1
}

# Notes in `online` the addresses of those who are, in `theirs` what these have, in `has` what each other one has, by its
# name, and in `mine` what this one has.
look_around() {
  local peer name state set
  online=() has=() theirs=
  IFS=$'\t' read -r _ _ mine < <(sql "$look") || true
  for peer in $(getent ahostsv4 db | sed 's/ .*//' | sort --unique); do
    if [[ $peer = "$address" ]]; then continue; fi
    IFS=$'\t' read -r name state set < <(ask "$peer" "$look") || continue
    if [[ $state = ONLINE ]]; then online+=("$peer") theirs+=,$set; else has[$name]=$set; fi
  done
}

# Whether every expected member is seen, and none has what this one lacks; of equals the one with the lowest name.
is_best() {
  local name has_all equal
  for name in ${DB_MEMBERS//,/ }; do
    if [[ $name = "$NODE" ]]; then continue; fi
    if [[ ! -v has[$name] ]]; then return 1; fi
    read -r has_all equal < <(sql "SELECT GTID_SUBSET('${has[$name]}', '$mine'), GTID_SUBSET('$mine', '${has[$name]}')")
    if [[ $has_all = 0 || ( $equal = 1 && $name < $NODE ) ]]; then return 1; fi
  done
}

start_replication() {
  sql "START GROUP_REPLICATION USER='member', PASSWORD='$password'"
}

# A new name for each beginning: numbers under the old one, which another member may have used, are not used again.
found() {
  tell "This member begins the group."
  sql "STOP GROUP_REPLICATION;
    SET GLOBAL group_replication_group_name = UUID();
    SET GLOBAL super_read_only = OFF;
    CREATE USER IF NOT EXISTS member;
    ALTER USER member IDENTIFIED BY '$password';
    GRANT REPLICATION SLAVE, BACKUP_ADMIN ON *.* TO member;
    GRANT SELECT ON performance_schema.* TO member;
    GRANT SELECT ON performance_schema.replication_group_members TO '$DB_USER';
    SET GLOBAL super_read_only = ON;
    SET GLOBAL group_replication_bootstrap_group = ON"
  rm -f "$word" # it is not for another time
  start_replication || touch "$word"
  sql "SET GLOBAL group_replication_bootstrap_group = OFF"
}

# Joins whoever is ONLINE, or begins the group where it may. Who comes while the group falls apart may find itself in one
# of its own, and ends before anybody knows its name.
join() {
  if [[ ! -d $folder/$MYSQL_DATABASE ]]; then exit 1; fi # the clone failed, and is done again
  look_around
  if ((${#online[@]} > 0)); then
    met=$SECONDS
    rm -f "$well"
    if [[ $(sql "SELECT GTID_SUBSET('$mine', '$theirs')") = 0 ]]; then
      tell "This member has what the group lacks, and stays out: save what it has, and remove its volume."
      return
    fi
    # While the others have not yet noticed that this member was gone, a join would disturb them in that.
    if [[ $(ask "${online[0]}" "$listed = '$(sql 'SELECT @@server_uuid')'") != 0 ]]; then return; fi
    printf -v seeds ',%s:33061' "${online[@]}"
    sql "STOP GROUP_REPLICATION;
      SET GLOBAL group_replication_group_name = '$(ask "${online[0]}" 'SELECT @@group_replication_group_name')';
      SET GLOBAL group_replication_group_seeds = '${seeds:1}'"
    start_replication || true # the next look tries again
    printf -v seeds ",'%s'" "${online[@]}"
    if [[ $(sql "SELECT SUM(MEMBER_HOST IN (${seeds:1})), SUM(MEMBER_STATE = 'ONLINE')
      FROM performance_schema.replication_group_members") = 0$'\t'[1-9] ]]; then kill -KILL "$server"; fi
    return
  fi
  if [[ -e $word ]]; then found; return; fi
  if ((SECONDS - met < 30)) || [[ ! -e $once ]]; then rm -f "$well"; return; fi
  : >"$well"
  if is_best; then found; fi
}

# Gives an empty folder all that a member has. The clone ends the server; a donor lets one take it at a time.
clone() {
  tell "This member is new: it waits for one that is ONLINE, and takes what that has."
  "$@" --initialize-insecure
  "$@" --skip-networking --plugin-load-add=mysql_clone.so &
  local server=$!
  while kill -0 "$server" 2>/dev/null; do
    sleep 1
    look_around
    if ((${#online[@]} == 0)); then continue; fi
    sql "SET GLOBAL clone_valid_donor_list = '${online[0]}:3306';
      CLONE INSTANCE FROM member@'${online[0]}':3306 IDENTIFIED BY '$password' REQUIRE SSL" || true
  done
  wait "$server" || true
}

leave() {
  rm -f "$well"
  local next
  next=$(sql "SELECT MEMBER_ID FROM performance_schema.replication_group_members WHERE MEMBER_STATE = 'ONLINE' AND
    MEMBER_ROLE = 'SECONDARY' ORDER BY MEMBER_VERSION LIMIT 1") || true
  if [[ $next && $(sql 'SELECT @@super_read_only') = 0 ]]; then
    if sql "DO group_replication_set_as_primary('$next')"; then sleep 2; fi # meanwhile whoever adds hears of it
  fi
  sql 'STOP GROUP_REPLICATION' || true
  kill "$server"
}

rm -f "$well"
if [[ ! -e $folder/.server-id ]]; then echo $((SRANDOM)) >"$folder/.server-id"; fi
options=(
  --relay-log=relay --server-id="$(<"$folder/.server-id")" --report-host="$address" --report-user="$NODE"
  --gtid-mode=ON --enforce-gtid-consistency=ON --binlog-expire-logs-seconds=259200
  --plugin-load-add=group_replication.so --plugin-load-add=mysql_clone.so
  --loose-group-replication-local-address="$address:33061"
  --loose-group-replication-start-on-boot=OFF --loose-group-replication-recovery-use-ssl=ON
  --loose-group-replication-member-expel-timeout=0 --loose-group-replication-unreachable-majority-timeout=5
  --loose-group-replication-autorejoin-tries=0 --loose-group-replication-exit-state-action=READ_ONLY
  --loose-group-replication-message-cache-size=134217728 --loose-group-replication-paxos-single-leader=ON
)
if [[ -d $folder/mysql ]]; then
  options+=(--super-read-only=ON)
elif [[ ! -e $word ]]; then
  clone "$@"
  options+=(--super-read-only=ON)
fi

docker-entrypoint.sh "$@" "${options[@]}" &
server=$!
trap leave TERM INT

met=$SECONDS # when this member was last among others
state="SELECT MEMBER_STATE FROM performance_schema.replication_group_members WHERE MEMBER_ID IN ('', @@server_uuid)
  AND NOT @@skip_networking" # as has the server that makes the tables at the first start
while kill -0 "$server" 2>/dev/null; do
  case $(sql "$state" 2>/dev/null) in
    ONLINE)
      met=$SECONDS
      if [[ ! -e $well ]]; then
        touch "$once" "$folder/.first-start-ended" "$well"
      fi
      if [[ -e $word ]]; then rm "$word"; fi
      ;;
    OFFLINE | ERROR) join ;;
  esac
  sleep 1 &
  wait $! || true
done
wait "$server"
