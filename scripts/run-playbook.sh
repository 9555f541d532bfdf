#!/usr/bin/env bash
# Deploys a version by Ansible: `deploy.yml`, or `rollback.yml` where ROLLBACK_TO says which version to go back to.
# NODES_KEY is a file with the SSH key for the nodes, SETTINGS one with settings of your own (ansible/group_vars/all.yml).
# Usage: run-playbook.sh INVENTORY
set -euo pipefail
cd "$(dirname "$0")/.."
inventory=${1:?Say which inventory names the nodes.}
version=$(bash scripts/version.sh)
if [ "${ROLLBACK_TO:-}" ]; then
  playbook=rollback.yml
  variables=(--extra-vars "to=$version")
else
  playbook=deploy.yml
  variables=(--extra-vars "release_version=$version" --extra-vars "revision=$(git rev-parse HEAD)")
fi
[ -z "${SETTINGS:-}" ] || variables+=(--extra-vars "@$SETTINGS")
own=$(mktemp -d)
trap 'rm -r "$own"' EXIT
# Jenkins puts the key beside a workspace, whose path may have what means something to ssh (%2F) or to Ansible (spaces).
if [ "${NODES_KEY:-}" ]; then
  install --mode=600 "$NODES_KEY" "$own/nodes-key"
  variables+=(--extra-vars "ansible_ssh_private_key_file=$own/nodes-key")
fi
# The password is of this run alone, and so is what the playbook keeps for the registry.
[ -z "${REGISTRY_PASSWORD:-}" ] || variables+=(--extra-vars "credentials_folder=$own")
ansible-playbook --inventory "$inventory" "${variables[@]}" "ansible/$playbook"
