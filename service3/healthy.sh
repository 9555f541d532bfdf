#!/usr/bin/env bash
exec bash ../service/healthy.sh "${PORT:-5002}" /car '"car":"[^"]+"'
