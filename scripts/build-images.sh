#!/usr/bin/env bash
# Builds the images of the four services, or of those that are named, as motorpool/SERVICE:VERSION, with the version that
# version.sh prints. MOTORPOOL_DOCKER names another docker than the first on PATH, REVISION another commit than the one
# that is checked out.
# Usage: build-images.sh [SERVICE …]
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(bash scripts/version.sh)
revision=${REVISION:-$(git rev-parse HEAD)}
if [ $# = 0 ]; then set -- service1 service2 service3 service4; fi
for service in "$@"; do
  # With --quiet Docker would not say why it failed, like the line of the list of people that is wrong.
  log=$("${MOTORPOOL_DOCKER:-docker}" build --tag "motorpool/$service:$version" --build-arg "SERVICE=$service" \
    --build-arg "VERSION=$version" --build-arg "REVISION=$revision" . 2>&1) || { echo "$log" >&2 && exit 1; }
  echo "motorpool/$service:$version is built from commit $revision"
done
