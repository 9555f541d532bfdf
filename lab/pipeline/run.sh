#!/usr/bin/env bash
# Runs the Jenkinsfile of a workspace where no Jenkins can be had: the very file, in Jenkins' own version of Groovy, each
# `sh` for real. Says `Masked: N` at the end, how often a secret would have been printed; exits with 0 only for SUCCESS.
# GROOVY names a groovy that is not on PATH. Usage: run.sh WORKSPACE ARCHIVE CREDENTIALS BUILD-NUMBER [PARAMETER=value …]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
java=$(readlink -f "$(command -v java)")
export JAVA_HOME=${java%/bin/java} # Debian's groovy looks for a link that is not always there
exec "${GROOVY:-groovy}" -cp "$here" "$here/run.groovy" "$@"
