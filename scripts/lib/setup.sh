# shellcheck shell=bash
# Sets up what scripts/test and scripts/demo need, inside this folder only:
#   .cache/          uv, its packages, and Python 3.14 where the machine has none
#   .venv/2026.10/   the Home Assistant that the test plugin pins, linters, type checker
#   .venv/2026.11/   the same with the newer Home Assistant
# To be sourced. Runs on bash 3.2 and any Python 3, because that is what macOS has.

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
requirements=$project/requirements_test.txt
uv=$project/.cache/uv/bin/uv

export UV_CACHE_DIR=$project/.cache/packages
export UV_PYTHON_INSTALL_DIR=$project/.cache/python
export UV_LINK_MODE=copy

say() { printf '%s\n' "$*" >&2; }

# The version that a line "# also: NAME==VERSION" of requirements_test.txt names.
also() { sed -n "s/^# also: $1==//p" "$requirements"; }

set_up_uv() {
  local version seed=$project/.cache/uv
  version=$(also uv)
  case "$("$uv" --version 2>/dev/null) " in "uv $version "*) return ;; esac
  command -v python3 >/dev/null || { say "A Python 3 is needed to begin with."; return 1; }
  say "Installing uv $version"
  rm -rf "$seed"
  mkdir -p "$project/.cache"
  install_uv_in_environment "$version" && return
  # Debian splits venv and pip off Python: take what is there.
  install_uv_beside "$version" -m pip && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >&2 \
      && install_uv_in_environment "$version" && return
  fi
  say "Fetching pip"
  python3 -c 'import sys, urllib.request; urllib.request.urlretrieve(*sys.argv[1:])' \
    https://bootstrap.pypa.io/pip/pip.pyz "$project/.cache/pip.pyz" \
    && install_uv_beside "$version" "$project/.cache/pip.pyz" && return
  say "uv could not be installed: neither python3 -m venv nor python3 -m pip works here."
  return 1
}

install_uv_in_environment() {
  rm -rf "$project/.cache/uv"
  python3 -m venv "$project/.cache/uv" >/dev/null 2>&1 \
    && "$project/.cache/uv/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$1" >&2
}

install_uv_beside() {
  local version=$1
  shift
  rm -rf "$project/.cache/uv"
  python3 "$@" install --quiet --disable-pip-version-check --target "$project/.cache/uv" "uv==$version" >&2 2>/dev/null
}

# Prints the path of a Python that Home Assistant accepts.
find_python() {
  local wanted='>=3.14.2,<3.15'
  "$uv" python find --no-project --system "$wanted" 2>/dev/null && return
  say "Downloading Python 3.14"
  if "$uv" python install --no-bin 3.14 >&2; then
    "$uv" python find --no-project --managed-python "$wanted" && return
  fi
  say "Taking Python 3.14 from Debian"
  "$project/scripts/provision-python"
}

# set_up_environment NAME [HOME-ASSISTANT-VERSION]: .venv/NAME with all test
# requirements, with another Home Assistant than they name where one is given.
set_up_environment() {
  local folder=$project/.venv/$1 version=${2:-} python
  if cmp -s "$requirements" "$folder/requirements.stamp" \
    && "$folder/bin/python" -c 'import homeassistant' 2>/dev/null; then
    return
  fi
  python=$(find_python) || return
  say "Setting up Home Assistant $1 in .venv/$1"
  mkdir -p "$project/.venv"
  "$uv" venv --quiet --clear --python "$python" "$folder"
  if [ -n "$version" ]; then
    echo "homeassistant==$version" >"$folder/override.txt"
    "$uv" pip install --quiet --python "$folder/bin/python" -r "$requirements" --override "$folder/override.txt"
  else
    "$uv" pip install --quiet --python "$folder/bin/python" -r "$requirements"
  fi
  cp "$requirements" "$folder/requirements.stamp"
}

# The environment of the newer Home Assistant, also with what its own components
# would fetch at the first start.
set_up_newer_environment() {
  local folder=$project/.venv/2026.11 version
  version=$(also homeassistant)
  if cmp -s "$requirements" "$folder/components.stamp"; then return; fi
  set_up_environment 2026.11 "$version"
  "$folder/bin/python" "$project/scripts/component_requirements.py" >"$folder/components.txt"
  "$uv" pip install --quiet --python "$folder/bin/python" -r "$folder/components.txt"
  cp "$requirements" "$folder/components.stamp"
}
