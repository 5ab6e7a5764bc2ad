# Shared by the scripts of this folder: source it. They install only what is missing, without a question, and say so.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# say goes to stderr: stdout is for results.
say() { printf '==> %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# can_apt: this is Debian or a relative, and we are root or may become it without a password.
can_apt() {
  command -v apt-get >/dev/null || return 1
  [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

apt_update() {
  [ -z "${apt_updated:-}" ] || return 0
  as_root apt-get -o DPkg::Lock::Timeout=300 -qq update >&2
  apt_updated=1
}

# apt_install PACKAGE...: keeps configuration files that are there.
apt_install() {
  say "installing with apt: $*"
  apt_update || true # installing says what is missing
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold \
    -qq install -y --no-install-recommends "$@" >&2
}

need_npm() {
  command -v npm >/dev/null && return 0
  can_apt || die "Node.js with npm is missing, and without root or passwordless sudo it cannot be installed here.
Install it (Debian, Ubuntu: apt-get install nodejs npm) and start again."
  apt_install nodejs npm
}
