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

# Playwright wants Node.js 20 or later; Debian 12 and Ubuntu 24.04 have 18.
node_version=24.20.0

# npm_take DIR PACKAGE@VERSION: puts a package from npm into a folder of .cache/. Nothing of it is run.
npm_take() {
  npm install --prefix "$1" --no-save --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error "$2" >&2
}

# npm_arch prints how packages of npm call this processor.
npm_arch() {
  case "$(uname -m)" in
    x86_64) echo x64 ;;
    aarch64) echo arm64 ;;
    *) return 1 ;;
  esac
}

# node20 prints the path of a Node.js of 20 or later: that of this machine, else one from npm in .cache/node.
node20() {
  local node arch
  need_npm
  arch=$(npm_arch) || arch=none
  for node in "$(command -v node || true)" "$root/.cache/node/node_modules/node-linux-$arch/bin/node"; do
    if [ "$("$node" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge 20 ]; then echo "$node"; return 0; fi
  done
  [ "$arch" != none ] || die "Node.js 20 or later is needed for the browser journeys, and npm has none for $(uname -m). Install it and start again."
  say "Node.js is older than 20: taking node-linux-$arch@$node_version from npm into .cache/node (no root needed)"
  npm_take "$root/.cache/node" "node-linux-$arch@$node_version"
  "$node" --version >/dev/null || die "the Node.js in .cache/node does not run on this machine"
  echo "$node"
}
