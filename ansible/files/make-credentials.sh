#!/usr/bin/env bash
# Makes what the private registry needs, in a folder that nobody else can read, and says what it made; what is there and
# still good stays. REGISTRY_PASSWORD gives a password that was made elsewhere.
set -euo pipefail
folder=${1:?} host=${2:?} port=${3:?} user=${4:?}
umask 077
mkdir -p "$folder/docker"
cd "$folder"

# Puts what a command prints into a file, whole or not at all; whether the file is there says that it is good.
make() {
  local file=$1
  shift
  "$@" >"$file.unfinished"
  mv "$file.unfinished" "$file"
  echo "made $file"
}

certificate() {
  local kind=DNS
  [[ $host =~ ^[0-9.]+$ ]] && kind=IP
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=motorpool registry" \
    -addext "subjectAltName=$kind:$host,IP:127.0.0.1" -keyout registry.key.unfinished 2>/dev/null
}

certificate_is_good() {
  local check=-checkhost
  [[ $host =~ ^[0-9.]+$ ]] && check=-checkip
  [ -s registry.key ] && [ -s registry.crt ] && openssl x509 -in registry.crt -noout -checkend 2592000 >/dev/null &&
    openssl x509 -in registry.crt -noout "$check" "$host" | grep -q 'does match' &&
    [ "$(openssl x509 -in registry.crt -noout -pubkey)" = "$(openssl pkey -in registry.key -pubout)" ]
}

# It ends where its line ends, whatever an editor made of the file.
password() { sed '1!d; s/^\xEF\xBB\xBF//; s/\r.*//' registry.password; }

# bcrypt is all that the registry takes. The password is on no command line.
hashed() {
  password | perl -e 'my ($user, $salt) = @ARGV; chomp(my $password = <STDIN>); my $hash = crypt $password, "\$2y\$10\$$salt";
    length $hash == 60 or die "The perl of this machine cannot make a bcrypt hash.\n"; print "$user:$hash\n"' \
    "$user" "$(openssl rand -hex 11)"
}

login() {
  printf '{"auths":{"%s":{"auth":"%s"}}}\n' "$host:$port" \
    "$(printf '%s:%s' "$user" "$(password)" | base64 --wrap=0)"
}

if ! certificate_is_good; then
  make registry.crt certificate
  mv registry.key.unfinished registry.key
fi
if [ ! -s registry.password ]; then
  if [ "${REGISTRY_PASSWORD:-}" ]; then
    make registry.password printf %s "$REGISTRY_PASSWORD" # a builtin: on no command line
  elif [ -s registry.htpasswd ]; then
    echo "The registry has a password already; give it in REGISTRY_PASSWORD, or in $folder/registry.password." >&2
    exit 1
  else
    make registry.password bash -c "openssl rand -hex 20 | tr -d '\n'"
  fi
fi
grep -q "^$user:" registry.htpasswd 2>/dev/null || make registry.htpasswd hashed
[ "$(cat docker/config.json 2>/dev/null)" = "$(login)" ] || make docker/config.json login
