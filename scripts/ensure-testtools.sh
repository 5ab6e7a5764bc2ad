#!/usr/bin/env bash
# Sees to it that the tests find the programs that they check against: a real clamd (its tests bring their own base of
# signatures) and pdftotext. Without root or passwordless sudo the tests that need them say that they were skipped.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

missing=()
[ -x /usr/sbin/clamd ] || command -v clamd >/dev/null || missing+=(clamav-daemon)
# a progressive JPEG for the tests of photos
command -v cjpeg >/dev/null || missing+=(libjpeg-turbo-progs)
command -v pdftotext >/dev/null || missing+=(poppler-utils)
[ ${#missing[@]} -gt 0 ] || exit 0
if ! can_apt; then
  say "not on this machine, their tests are skipped: ${missing[*]}"
  exit 0
fi
apt_install "${missing[@]}" || say "could not be installed, their tests are skipped: ${missing[*]}"
