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
  "${MOTORPOOL_DOCKER:-docker}" build --quiet --tag "motorpool/$service:$version" \
    --build-arg "SERVICE=$service" --build-arg "VERSION=$version" --build-arg "REVISION=$revision" . >/dev/null
  echo "motorpool/$service:$version is built from commit $revision"
done
