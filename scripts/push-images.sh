#!/usr/bin/env bash
# Pushes images of this machine's engine, those that build-images.sh made if none is named, to the registry under their own
# names, and also as NAME:VERSION-COMMIT, and writes their digests to test-output/images.txt. A version is pushed once: one
# that is there from another commit is refused, so that a tag means one digest for ever. A deploy asks the registry for that
# digest, and it is what every node runs.
# Usage: REGISTRY=host:5000 REGISTRY_USER=… REGISTRY_PASSWORD=… push-images.sh [IMAGE …]
set -euo pipefail
cd "$(dirname "$0")/.."
: "${REGISTRY:?Say where the registry is, as HOST:PORT.}"
user=${REGISTRY_USER:?Say who logs in to the registry.}
: "${REGISTRY_PASSWORD:?Give the password of the registry.}"
docker=${MOTORPOOL_DOCKER:-docker}
if [ $# = 0 ]; then
  version=$(bash scripts/version.sh)
  # shellcheck disable=SC2046 # names of images have no spaces
  set -- $("$docker" image ls --format '{{.Repository}}:{{.Tag}}' "motorpool/*:$version" | sort)
fi
: "${1:?There is no image to push: build-images.sh makes them.}"

# The password is read from standard input, and is forgotten at the end.
DOCKER_CONFIG=$(mktemp -d)
export DOCKER_CONFIG
tags=()
forget() {
  "$docker" image rm --no-prune "${tags[@]}" &>/dev/null || true # an image's own name stays
}
trap 'forget; rm -r "$DOCKER_CONFIG"' EXIT
printf %s "$REGISTRY_PASSWORD" | "$docker" login --username "$user" --password-stdin "$REGISTRY" >/dev/null

revision_of() { "$docker" image inspect --format '{{index .Config.Labels "org.opencontainers.image.revision"}}' "$1"; }

# Whether the registry has the image $1 already. Ends the script if it cannot be asked.
is_published() {
  local messages
  if messages=$("$docker" pull --quiet "$1" 2>&1); then return 0; fi
  if [[ $messages =~ 'not found'|'manifest unknown' ]]; then return 1; fi
  echo "$messages" >&2
  exit 1
}

mkdir -p test-output
: >test-output/images.txt
for image in "$@"; do
  remote=$REGISTRY/$image
  revision=$(revision_of "$image")
  tags=("$remote")
  if is_published "$remote"; then
    if [ "$(revision_of "$remote")" != "$revision" ]; then
      echo "$image is in the registry already, from commit $(revision_of "$remote"); give this one another version." >&2
      exit 1
    fi
  else
    [[ -z $revision || $revision = unknown ]] || tags+=("$remote-${revision:0:10}")
    for tag in "${tags[@]}"; do
      "$docker" tag "$image" "$tag"
      "$docker" push --quiet "$tag" >/dev/null
    done
  fi
  "$docker" image inspect --format "{{range .RepoDigests}}{{println .}}{{end}}" "$remote" |
    grep -F -m1 "${remote%:*}@" | tee -a test-output/images.txt
  forget
done
