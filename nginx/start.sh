#!/usr/bin/env bash
# Writes what is set of NGINX into a file that nginx.conf includes, and becomes what its arguments say.
set -euo pipefail -f
proxies=${PROXIES:-} header=${PROXY_PROTOCOL:+proxy_protocol} port=''
[ "${HTTPS_PORT:-443}" = 443 ] || port=:$HTTPS_PORT
{
  for proxy in ${proxies//,/ }; do echo "set_real_ip_from $proxy;"; done
  echo "geo \$realip_remote_addr \$is_declared {"
  for proxy in ${proxies//,/ }; do echo "$proxy 1;"; done
  echo "}"
  echo "real_ip_header ${header:-X-Forwarded-For};"
  echo "map '' \$https_port { default '$port'; }"
  echo "map \$client_scheme \$strict_transport { https '${HSTS_SECONDS:+max-age=$HSTS_SECONDS}'; }"
} >"${TMPDIR:-/tmp}/settings.conf"
exec "$@"
