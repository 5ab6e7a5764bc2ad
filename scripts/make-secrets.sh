#!/usr/bin/env bash
# Makes the secrets that compose.yaml mounts, once: the password of the database and the connection string with it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mkdir -p -m 700 secrets
if [ -e secrets/db_password ]; then
  echo "secrets/ is there already; nothing was changed"
  exit 0
fi
password=$(od -An -tx1 -N24 /dev/urandom | tr -d ' \n')
# The folder is closed. The files are not: the containers read them under other accounts.
printf '%s' "$password" >secrets/db_password
printf 'postgres://erec_owner:%s@db:5432/ereception?sslmode=disable' "$password" >secrets/database_url
chmod 444 secrets/db_password secrets/database_url
echo "made secrets/db_password and secrets/database_url"
