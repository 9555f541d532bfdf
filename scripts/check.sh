#!/usr/bin/env bash
# Types, lint, format, packages, shell, YAML, Ansible, Dockerfiles, the stack file and Jenkins. What a check needs from the
# machine and does not find is said and skipped, except with CI=true, where it fails.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0
export NO_COLOR=1 # the output is read in logs too

check() {
  local name=$1 program=$2
  shift 2
  if ! command -v "$program" >/dev/null; then
    echo "- $name: skipped, since $program is not installed"
    [ "${CI:-}" != true ] || failed=1
  elif output=$("$@" 2>&1); then
    echo "✓ $name"
  else
    echo "✗ $name"
    echo "$output"
    failed=1
  fi
}

mapfile -t scripts < <(git ls-files '*.sh' .ci/run)

check 'types' tsc tsc --project .
check 'lint and format' biome biome ci --error-on-warnings .
check 'packages are those of the lock file' npm npm ci --dry-run --ignore-scripts
check 'shell' shellcheck shellcheck --external-sources "${scripts[@]}"
check 'YAML' yamllint yamllint --strict .
check 'Ansible' ansible-lint bash -c 'cd ansible && ansible-lint --nocolor'
for file in Dockerfile jenkins/Dockerfile jenkins/agent/Dockerfile; do
  check "$file" dockerfile-utils dockerfile-utils lint "$file"
done
check 'stack file' docker docker stack config --compose-file docker-compose.yml --compose-file nginx/https.yml \
  --compose-file nginx/proxy-protocol.yml
ALERT_WEBHOOK_FILE=/dev/null \
  check "the monitoring's stack file" docker docker stack config --compose-file monitoring/docker-compose.yml
REGISTRY=10.0.0.1:5000 REPOSITORY=https://git.example/motorpool.git \
  check "Jenkins' compose file" docker-compose docker-compose --file jenkins/compose.yml config --quiet
check 'Jenkinsfile' java npm-groovy-lint --noserver --failon info Jenkinsfile jenkins/job.groovy
exit $failed
