#!/bin/sh
# Draws the passwords that docker-compose.yml mounts, into docker/secrets or the folder given. Never overwrites.
set -eu
folder="${1:-$(dirname "$0")/secrets}"
if [ -e "$folder" ]; then
    echo "$folder is there already" >&2
    exit 1
fi
draw() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
postgres=$(draw)
rabbitmq=$(draw)
# The folder keeps others out. The files are read by the users of three images, so they must be open inside it.
mkdir -m 700 "$folder"
umask 022
printf '%s' "$postgres" >"$folder/postgres-password"
printf 'postgres://piao:%s@postgres:5432/piao' "$postgres" >"$folder/database-url"
printf 'amqp://piao:%s@rabbitmq:5672/%%2f' "$rabbitmq" >"$folder/amqp-url"
printf 'default_user = piao\ndefault_pass = %s\n' "$rabbitmq" >"$folder/rabbitmq.conf"
