#!/usr/bin/env bash
# A draw that is whole, or one that names the part it lacks: what others fail to do is not cured by a restart here.
exec bash ../service/healthy.sh "${PORT:-5000}" / '"sentence":"|"status":503,.*"requestId":"'
