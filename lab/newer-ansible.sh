#!/usr/bin/env bash
# shellcheck disable=SC2016
# Gives this machine the Ansible of Debian 13 without installing it: unpacked into the cache, on the Python and the
# libraries of its own Ansible. Prints the path of its ansible-playbook.
set -euo pipefail

cache=${MOTORPOOL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/motorpool}/ansible-trixie
if [ ! -x "$cache/ansible-playbook" ]; then
  echo 'Getting the Ansible of Debian 13 …' >&2
  rm -rf "$cache"
  mkdir -p "$cache/lists/partial" "$cache/archives/partial"
  mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' | awk '$1 == "Debian" { print $2; exit }')
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$cache/sources.list"
  apt=(apt-get -qq -o "Dir::Etc::SourceList=$cache/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$cache/lists" -o "Dir::Cache=$cache" -o APT::Sandbox::User=root)
  cd "$cache"
  "${apt[@]}" update >&2
  "${apt[@]}" download ansible/trixie ansible-core/trixie >&2
  for package in *.deb; do dpkg --extract "$package" root; done
  rm -rf ./*.deb ./*.bin lists archives
  cat >unfinished <<END
#!/bin/sh
PYTHONPATH='$cache/root/usr/lib/python3/dist-packages' exec /usr/bin/python3 '$cache/root/usr/bin/ansible-playbook' "\$@"
END
  chmod +x unfinished
  mv unfinished ansible-playbook
fi
echo "$cache/ansible-playbook"
