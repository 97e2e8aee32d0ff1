#!/usr/bin/env bash
# `npm run verify`: installs what tests need, then checks and tests everything. The last line is "N passed, M failed".
set -uo pipefail
cd "$(dirname "$0")/.."
started=$SECONDS

say() { printf '\n== %s (%d s)\n' "$1" $((SECONDS - started)); }

say 'install'
node scripts/install.mjs || exit 1
export PATH="$PWD/node_modules/node/bin:$PWD/node_modules/.bin:$PATH"

say 'real programs for the end-to-end tests'
packages=(docker-registry skopeo chromium apache2-utils openssl mmdebstrap curl libxml2-utils tinyproxy nginx-light squid-openssl)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/tmp/plimsoll-apt.log 2>&1 ||
      { tail -5 /tmp/plimsoll-apt.log; echo "These could not be installed; tests that need them are skipped: ${missing[*]}"; }
  else
    echo "Not installed, so tests that need them are skipped. As root: apt-get install ${missing[*]}"
  fi
fi

failures=0
say 'check'
npm run --silent check || failures=$((failures + 1))
say 'build the page'
npm run --silent build || failures=$((failures + 1))
say 'tests'
report=$(mktemp -d)
trap 'rm -rf "$report"' EXIT
vitest run --project fast --reporter=default --reporter=json --outputFile.json="$report/fast.json" || failures=$((failures + 1))
say 'end-to-end tests'
vitest run --project e2e --reporter=default --reporter=json --outputFile.json="$report/e2e.json" || failures=$((failures + 1))

say 'done'
node scripts/count-tests.mjs "$failures" "$report/fast.json" "$report/e2e.json"
