#!/usr/bin/env bash
# Removes the images that build-images.sh made and push-images.sh tagged for the version that version.sh prints, so that a
# machine that builds does not fill; what the next build can use stays in the engine's build cache. MOTORPOOL_DOCKER as there.
set -euo pipefail
cd "$(dirname "$0")/.."
docker=${MOTORPOOL_DOCKER:-docker}
version=$(bash scripts/version.sh)
images=$("$docker" image ls --quiet "motorpool/*:$version")
xargs --no-run-if-empty "$docker" image rm --force <<<"$images" >/dev/null
