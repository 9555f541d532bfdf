#!/usr/bin/env bash
# Prints the version that a run is about: ROLLBACK_TO, else VERSION, else that of package.json with the commit, so that
# the same commit is always the same version.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${ROLLBACK_TO:-${VERSION:-}}
[ "$version" ] || version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)-$(git rev-parse --short=10 HEAD)
# It becomes a tag of images, and an argument of other commands.
if ! [[ $version =~ ^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$ ]]; then
  echo "\"$version\" cannot be a version; use letters, digits, dots, dashes and underscores only, like 1.2.3." >&2
  exit 1
fi
echo "$version"
