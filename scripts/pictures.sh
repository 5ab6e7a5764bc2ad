#!/usr/bin/env bash
# Takes the pictures of docs/guide anew: the built portal with a fresh demo city, a real browser. They differ with the
# day (dates, terms), so it runs when pages have changed, never in the tests; look at what it made before you commit.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

scripts/ensure-postgres.sh
CHROMIUM_PATH=$(scripts/ensure-browser.sh)
export CHROMIUM_PATH
# The browser's own words (dates, the choice of files) in Ukrainian: Debian keeps its languages in a package apart.
if [ -d /usr/lib/chromium/locales ] && [ ! -e /usr/lib/chromium/locales/uk.pak ] && can_apt; then apt_install chromium-l10n; fi
make --no-print-directory build
(cd e2e && PORTAL_BIN="$root/bin/ereception" "$(node20)" node_modules/@playwright/test/cli.js test -c pictures.config.ts)
go run ./internal/tools/pngsmall docs/guide/img/*.png
say "docs/guide/img: $(du -cb docs/guide/img/*.png | tail -1 | cut -f1) bytes"
