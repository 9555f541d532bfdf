#!/usr/bin/env bash
exec bash ../service/healthy.sh "${PORT:-5003}" /colour/A '"hex":"#[0-9a-f]{6}"'
