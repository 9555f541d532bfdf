#!/usr/bin/env bash
# Makes a certificate for the names given, or else for this machine, that nobody but itself has signed, so browsers warn;
# in the folder `certificate` of this one, where nginx/https.yml looks for it.
set -euo pipefail
[ $# -gt 0 ] || set -- localhost "$(hostname)"
umask 077
mkdir -p certificate
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj "/CN=$1" \
  -addext "subjectAltName=$(printf ',DNS:%s' "$@" | cut -c 2-)" -addext basicConstraints=critical,CA:FALSE \
  -keyout certificate/privkey.pem -out certificate/fullchain.pem
chmod a+r certificate/*.pem # for NGINX's user; others of this machine cannot get into the folder
