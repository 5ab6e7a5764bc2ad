#!/usr/bin/env bash
# Sees to it that the browser journeys in e2e/ can run: their npm packages as the lock file says, and a Chromium.
# Prints the path of the browser on stdout. E2E=0 in front of `make test` goes without.
#
# The browser: $CHROMIUM_PATH, a Chromium or Chrome of the system, one taken before; else Debian's package (as root
# or with passwordless sudo); else the headless one of npm into .cache/; else Playwright's own download there. On Ubuntu
# /usr/bin/chromium is only a stub that wants snapd, so the package is not used there.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

browsers="$root/.cache/browsers"
npm_version=153.0.0 # of @sparticuz/chromium: a headless Chromium with the libraries that it wants

# real FILE: it runs, and is not Ubuntu's stub, which is a script around snap.
real() {
  [ -x "$1" ] || return 1
  case "$(readlink -f "$1")" in */snap) return 1 ;; esac
  if head -c 2048 "$1" | grep -qa 'snap'; then
    [ -x /snap/bin/chromium ] || return 1
  fi
  timeout 30 "$1" --version >/dev/null 2>&1
}

browser() {
  local name path
  if [ -n "${CHROMIUM_PATH:-}" ]; then
    real "$CHROMIUM_PATH" || die "CHROMIUM_PATH=$CHROMIUM_PATH is not a browser that runs. Correct it or unset it."
    echo "$CHROMIUM_PATH"
    return 0
  fi
  for name in chromium google-chrome-stable google-chrome chromium-browser; do
    path=$(command -v "$name" || true)
    if [ -n "$path" ] && real "$path"; then echo "$path"; return 0; fi
  done
  [ -d "$browsers" ] || return 1
  while read -r path; do
    if real "$path"; then echo "$path"; return 0; fi
  done < <(find "$browsers" -type f \( -name chrome -o -name headless_shell -o -name chrome-headless-shell \) | sort -r)
  return 1
}

# unpack FROM TO: Node.js knows brotli, the machine may not.
unpack() {
  "$node" -e 'const fs = require("fs"), [from, to] = process.argv.slice(1); fs.writeFileSync(to, require("zlib").brotliDecompressSync(fs.readFileSync(from)))' "$1" "$2"
}

# from_npm: the program and the libraries that it wants lie beside each other.
from_npm() {
  local package="$root/.cache/chromium/node_modules/@sparticuz/chromium/bin" to="$browsers/npm"
  [ "$(uname -m)" = x86_64 ] || return 1
  npm_take "$root/.cache/chromium" "@sparticuz/chromium@$npm_version" || return 1
  mkdir -p "$to"
  unpack "$package/chromium.br" "$to/headless" || return 1
  unpack "$package/al2023.tar.br" "$to/lib.tar" && tar -xf "$to/lib.tar" -C "$to" && rm "$to/lib.tar" || return 1
  chmod +x "$to/headless"
  printf '#!/bin/sh\nLD_LIBRARY_PATH="%s" exec "%s" "$@"\n' "$to/lib" "$to/headless" >"$to/chrome"
  chmod +x "$to/chrome"
  if can_apt; then apt_install fontconfig fonts-dejavu-core || true; fi
}

node=$(node20)
lock=$(sha256sum "$root/e2e/package-lock.json" | cut -d' ' -f1)
stamp="$root/e2e/node_modules/.installed-lock"
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$lock" ]; then
  say "installing the packages of e2e/ (npm ci)"
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --prefix "$root/e2e" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  echo "$lock" >"$stamp"
fi

if browser; then exit 0; fi
say "no Chromium on this machine"
distribution=$(. /etc/os-release 2>/dev/null && echo "${ID:-}")
if can_apt && [ "$distribution" != ubuntu ]; then
  # fonts: journeys and screenshots are in Ukrainian
  apt_install chromium fonts-dejavu-core || say "apt has no Chromium that can be installed here"
  if browser; then exit 0; fi
fi

say "taking a headless Chromium from npm into .cache/browsers"
from_npm || say "that of npm cannot be had here"
if browser; then exit 0; fi

say "downloading a Chromium with Playwright into .cache/browsers"
with_deps=()
if can_apt; then with_deps=(--with-deps); fi
(cd "$root/e2e" && PLAYWRIGHT_BROWSERS_PATH="$browsers" "$node" node_modules/@playwright/test/cli.js install "${with_deps[@]}" --only-shell chromium >&2) || true
if browser; then exit 0; fi
die "no Chromium could be installed for the browser journeys (this is ${distribution:-an unknown system}; on Ubuntu the apt
package is a stub for snap, which is not used). Either install Chromium or Google Chrome by hand and set CHROMIUM_PATH to its
program, or leave the journeys out: E2E=0 make test"
