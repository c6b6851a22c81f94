# shellcheck shell=bash
# Sets up what scripts/e2e needs besides Home Assistant: Node.js, Chromium, and in
# scripts/browser/node_modules/ the one library that drives it. To be sourced after
# setup.sh.

set_up_browser() {
  if ! node_serves; then take_from_debian nodejs npm; fi
  if ! node_serves; then
    say "Node.js 18 or newer with npm is needed."
    return 1
  fi
  if ! find_chromium >/dev/null; then take_from_debian chromium; fi
  if ! CHROMIUM=$(find_chromium); then
    say "Chromium is needed; CHROMIUM may name its program."
    return 1
  fi
  export CHROMIUM
  install_driver
}

node_serves() {
  command -v npm >/dev/null \
    && [ "$(node --print 'parseInt(process.versions.node) >= 18' 2>/dev/null)" = true ]
}

# Prints where it is: what CHROMIUM names, or what the system has.
find_chromium() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome \
    "/Applications/Chromium.app/Contents/MacOS/Chromium" \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    [ -n "$name" ] && command -v "$name" && return
  done
  return 1
}

take_from_debian() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then return; fi
  say "Installing $*"
  apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

install_driver() {
  local folder=$project/scripts/browser
  if cmp -s "$folder/package-lock.json" "$folder/node_modules/lock.stamp"; then return; fi
  say "Installing the driver of the browser"
  npm_config_cache=$project/.cache/npm npm ci --prefix "$folder" \
    --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  cp "$folder/package-lock.json" "$folder/node_modules/lock.stamp"
}
