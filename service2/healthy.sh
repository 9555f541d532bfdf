#!/usr/bin/env bash
exec bash ../service/healthy.sh "${PORT:-5001}" '/number?min=7&max=7' '"number":7'
