# shellcheck shell=bash
# A PostgreSQL of its own for tests, from Debian's package, 15 or newer. To be sourced
# after setup.sh; needs root, as the package does, and leaves nothing behind but the driver
# in .cache/postgres.

postgres_driver=$project/.cache/postgres

# Prints the folder of the newest PostgreSQL's programs; installs it where there is none.
find_postgres() {
  local found
  found=$(newest_postgres)
  if [ -z "$found" ]; then
    say "Installing PostgreSQL"
    apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >&2
    found=$(newest_postgres)
  fi
  [ -n "$found" ] || { say "There is no PostgreSQL 15 or newer."; return 1; }
  printf '%s\n' "$found"
}

newest_postgres() {
  local folder version newest='' most=14
  for folder in /usr/lib/postgresql/*/bin; do
    version=$(basename "$(dirname "$folder")")
    if [ -x "$folder/initdb" ] && [ "$version" -gt "$most" ] 2>/dev/null; then
      most=$version newest=$folder
    fi
  done
  printf '%s\n' "$newest"
}

# run_with_postgres PYTHON COMMAND...: runs it with $DATABASE_URL and the driver.
run_with_postgres() {
  local python=$1 programs folder port status=0
  shift
  programs=$(find_postgres) || return
  "$uv" pip install --quiet --python "$python" --target "$postgres_driver" --no-deps \
    psycopg2-binary==2.9.13 sqlalchemy-utils==0.43.0 || return
  folder=$(mktemp -d)
  port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  chown postgres "$folder"
  as_postgres "$programs/initdb" --pgdata "$folder/data" --auth trust --encoding UTF8 >/dev/null || return
  as_postgres "$programs/pg_ctl" --pgdata "$folder/data" --wait --silent --log "$folder/log" \
    --options "-p $port -k $folder -c listen_addresses=127.0.0.1" start || return
  say "$("$programs/postgres" --version)"
  DATABASE_URL=postgresql://postgres@127.0.0.1:$port/homeassistant \
    PYTHONPATH=$postgres_driver "$@" || status=$?
  as_postgres "$programs/pg_ctl" --pgdata "$folder/data" --wait --silent --mode immediate stop
  rm -rf "$folder"
  return "$status"
}

# PostgreSQL does not run as root.
as_postgres() { setpriv --reuid postgres --regid postgres --clear-groups -- "$@"; }
