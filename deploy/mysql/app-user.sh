#!/usr/bin/env bash
# Makes the service's user, or gives it a changed password, and grants it its rights. docker-compose.yml runs it as root of
# MySQL after the migrations.
#   MYSQL_HOST, MYSQL_DATABASE, MYSQL_PWD (root's password), MIGRATIONS_PASSWORD, APP_PASSWORD, DEMO_DATA
set -euo pipefail

fail() {
  echo "app-user: $*" >&2
  exit 1
}

for password in "$MYSQL_PWD" "$MIGRATIONS_PASSWORD" "$APP_PASSWORD"; do
  if [[ $DEMO_DATA != true && $password == demo-* ]]; then
    fail "DEMO_DATA is not true, yet a password is the demo's, which is public. Set all of .env.example in .env;" \
      "then docker compose down --volumes, since MySQL keeps the passwords it was set up with."
  fi
  # They are part of a URL and of SQL.
  [[ $password =~ ^[A-Za-z0-9_-]+$ ]] || fail 'a password may have letters, digits, - and _ only'
done

{
  echo "CREATE USER IF NOT EXISTS 'allotment_app'@'%';"
  echo "ALTER USER 'allotment_app'@'%' IDENTIFIED BY '$APP_PASSWORD';"
  cat "$(dirname "${BASH_SOURCE[0]}")/app-grants.sql"
} | mysql --host="$MYSQL_HOST" --port="${MYSQL_TCP_PORT:-3306}" --user=root "$MYSQL_DATABASE"
echo 'app-user: the service may log in'
