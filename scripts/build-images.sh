#!/usr/bin/env bash
# Builds the images of our services (those that docker-compose.yml builds), or of those that are named, as
# motorpool/SERVICE:VERSION, with the version that version.sh prints. A service with a Dockerfile of its own is built from
# its folder alone. MOTORPOOL_DOCKER names another docker than the first on PATH, REVISION another commit than the one that
# is checked out.
# Usage: build-images.sh [SERVICE …]
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(bash scripts/version.sh)
revision=${REVISION:-$(git rev-parse HEAD)}
if [ $# = 0 ]; then
  # shellcheck disable=SC2046 # names of services have no spaces
  set -- $(awk '/^  [^ #]/ { name = $1 } /^    build:/ { sub(":", "", name); print name }' docker-compose.yml)
fi
for service in "$@"; do
  folder=.
  [ ! -f "$service/Dockerfile" ] || folder=$service
  # With --quiet Docker would not say why it failed, like the line of the list of people that is wrong.
  log=$("${MOTORPOOL_DOCKER:-docker}" build --tag "motorpool/$service:$version" --build-arg "SERVICE=$service" \
    --build-arg "VERSION=$version" --build-arg "REVISION=$revision" \
    --label "org.opencontainers.image.revision=$revision" "$folder" 2>&1) || { echo "$log" >&2 && exit 1; }
  echo "motorpool/$service:$version is built from commit $revision"
done
