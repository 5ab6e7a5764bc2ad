#!/usr/bin/env bash
# What must hold beside the tests: generated files are fresh, code is formatted, vet and staticcheck are silent. Every step
# runs, so that one look shows everything. Stale generated files are already regenerated when this reports them.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root" || exit 1

failed=()
step() {
  local name=$1
  shift
  say "$name"
  if ! "$@"; then failed+=("$name"); fi
}

sources() { find . \( -name node_modules -o -name '.[!.]*' \) -prune -o -type f -name "$1" -print0 | sort -z; }

templ_fresh() {
  local before after orphan ok=0
  before=$(sources '*_templ.go' | xargs -0r sha256sum)
  go tool templ generate -log-level error || return 1
  after=$(sources '*_templ.go' | xargs -0r sha256sum)
  if [ "$before" != "$after" ]; then
    echo "these were stale or missing; commit them:"
    diff <(echo "$before") <(echo "$after") | sed -n 's/^[<>] [0-9a-f]*  //p' | sort -u
    ok=1
  fi
  while IFS= read -r -d '' orphan; do
    if [ ! -e "${orphan%_templ.go}.templ" ]; then
      echo "$orphan: its .templ is gone, delete it"
      ok=1
    fi
  done < <(sources '*_templ.go')
  return $ok
}

formatted() {
  local list
  list=$(sources '*.go' | grep -zv '_templ\.go$' | xargs -0r go tool -modfile=internal/tools/lint/go.mod gofumpt -l) || return 1
  if [ -n "$list" ]; then
    echo "run \`make fmt\`:"
    echo "$list"
    return 1
  fi
}

scripts_parse() {
  local file ok=0
  for file in scripts/*.sh .ci/run; do bash -n "$file" || ok=1; done
  return $ok
}

step "templates are generated" templ_fresh
step "assets are built" go run ./internal/tools/assets --check
step "the program builds" make --no-print-directory build
step "migrations/schema.sql is fresh" bin/ereception schema --check
step "gofumpt" formatted
step "go vet" go vet ./...
step "staticcheck" go tool -modfile=internal/tools/lint/go.mod staticcheck ./...
step "modules are what go.sum says" go mod verify
step "scripts parse" scripts_parse

if [ ${#failed[@]} -gt 0 ]; then
  printf '\nFAIL: %s\n' "${failed[@]}"
  exit 1
fi
printf '\nall checks passed\n'
