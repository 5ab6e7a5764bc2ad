#!/usr/bin/env bash
# Every test of the project: Go packages against a real PostgreSQL, then browser journeys against the built program.
# E2E=0 leaves the journeys out, and says so. Arguments go to `go test`.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

scripts/ensure-postgres.sh
scripts/ensure-testtools.sh
if [ "${E2E:-1}" != 0 ]; then
  CHROMIUM_PATH=$(scripts/ensure-browser.sh)
  export CHROMIUM_PATH
  node=$(node20)
fi

say "Go tests"
mkdir -p .cache
go build -o .cache/testsum ./internal/tools/testsum
status=0
go test -json "$@" ./... | .cache/testsum -summary .cache/go-tests.txt || status=1
summary="Go: $(cat .cache/go-tests.txt)"

if [ "${E2E:-1}" = 0 ]; then
  summary+=$'\n'"Browser: left out (E2E=0)"
elif [ "$status" != 0 ]; then
  summary+=$'\n'"Browser: not run, because Go tests failed"
else
  say "building bin/ereception"
  make --no-print-directory build
  say "browser journeys"
  (cd e2e && PORTAL_BIN="$root/bin/ereception" "$node" node_modules/@playwright/test/cli.js test) | tee .cache/e2e-tests.txt || status=1
  # Playwright's last lines: “  3 failed”, “  1 skipped”, “  24 passed (31s)”
  counts=$(sed 's/\x1b\[[0-9;]*[A-Za-z]//g' .cache/e2e-tests.txt |
    grep -E '^ *[0-9]+ (passed|failed|flaky|skipped|did not run|interrupted)' | sed 's/^ *//; s/ (.*//' | paste -sd, | sed 's/,/, /g' || true)
  summary+=$'\n'"Browser: ${counts:-no result}"
  # A run without a single pass has tested nothing, whatever its exit code says.
  case "$counts" in *passed*) ;; *) status=1 ;; esac
fi

printf '\n%s\n' "$summary"
if [ "$status" = 0 ]; then echo "PASS"; else echo "FAIL"; fi
exit "$status"
