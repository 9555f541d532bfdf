#!/usr/bin/env bash
# Pushes the images that build-images.sh made to the registry, as SERVICE:VERSION and SERVICE:VERSION-COMMIT, and writes
# their digests to test-output/images.txt. A version is pushed once: one that is there from another commit is refused, so
# that a tag means one digest for ever. A deploy asks the registry for that digest, and it is what every node runs.
# Usage: REGISTRY=host:5000 REGISTRY_USER=… REGISTRY_PASSWORD=… push-images.sh
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(bash scripts/version.sh)
images=${REGISTRY:?Say where the registry is, as HOST:PORT.}/motorpool
user=${REGISTRY_USER:?Say who logs in to the registry.}
: "${REGISTRY_PASSWORD:?Give the password of the registry.}"
docker=${MOTORPOOL_DOCKER:-docker}

# The password is read from standard input, and is forgotten at the end.
DOCKER_CONFIG=$(mktemp -d)
export DOCKER_CONFIG
trap 'rm -r "$DOCKER_CONFIG"' EXIT
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
for service in service1 service2 service3 service4; do
  local_image=motorpool/$service:$version
  image=$images/$service:$version
  revision=$(revision_of "$local_image")
  if is_published "$image"; then
    if [ "$(revision_of "$image")" != "$revision" ]; then
      echo "Version $version of $service is in the registry already, from commit $(revision_of "$image"); give this one another version." >&2
      exit 1
    fi
  else
    for tag in "$image" "$image-${revision:0:10}"; do
      "$docker" tag "$local_image" "$tag"
      "$docker" push --quiet "$tag" >/dev/null
    done
  fi
  "$docker" image inspect --format "{{range .RepoDigests}}{{println .}}{{end}}" "$image" |
    grep -F -m1 "$images/$service@" | tee -a test-output/images.txt
done
