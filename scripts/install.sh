#!/usr/bin/env bash
# Installs the packages of the lock file where they are missing or older than it.
set -euo pipefail
if [ ! -x node_modules/.bin/node ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo 'Installing the packages (once; about half a minute) …' >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
fi
