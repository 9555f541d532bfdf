#!/usr/bin/env bash
# Puts into /keys/jenkins what Jenkins reads (as user 1000), into /keys/agent what the agent's sshd reads, so that no
# build can read either: the credentials that were given (a public repository needs no token) and, made once, the keys by
# which Jenkins and its agent know each other and the password of Jenkins' admin.
set -euo pipefail
umask 077
for file in registry-password nodes-key known_hosts registry.crt; do
  if [ ! -s "/given/$file" ]; then
    echo "jenkins/given/$file is missing or empty; see \"With Jenkins\" in the README for what it is." >&2
    exit 1
  fi
done

cd /keys
if [ ! -e jenkins/admin-password ]; then
  rm -f jenkins/* agent/*
  ssh-keygen -q -t ed25519 -N '' -C jenkins -f jenkins/agent-key
  ssh-keygen -q -t ed25519 -N '' -C agent -f agent/host-key
  mv jenkins/agent-key.pub agent/authorized-keys
  mv agent/host-key.pub jenkins/agent-host-key.pub
  head -c 18 /dev/urandom | base64 | tr -d '\n' >jenkins/admin-password
fi
# Without what an editor on Windows adds: a password ends where its line ends.
first_line() { sed '1!d; s/^\xEF\xBB\xBF//; s/\r.*//' "$1"; }
first_line /given/registry-password >jenkins/registry-password
if [ -e /given/repository-token ]; then token=/given/repository-token; else token=/dev/null; fi
first_line "$token" >jenkins/repository-token
tr -d '\r' </given/nodes-key >jenkins/nodes-key
chown -R 1000:1000 jenkins
chmod 755 agent
chmod 644 agent/authorized-keys # sshd reads it as the user who comes in
