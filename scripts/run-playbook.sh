#!/usr/bin/env bash
# Deploys a version by Ansible: `site.yml`, or `rollback.yml` where ROLLBACK_TO says which version to go back to.
# Usage: run-playbook.sh INVENTORY
set -euo pipefail
cd "$(dirname "$0")/.."
inventory=${1:?Say which inventory names the nodes.}
version=$(bash scripts/version.sh)
playbook=site.yml
[ -z "${ROLLBACK_TO:-}" ] || playbook=rollback.yml
ansible-playbook --inventory "$inventory" --extra-vars "version=$version" "ansible/$playbook"
