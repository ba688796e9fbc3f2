# Functions that tools/run and tools/test source. `need PACKAGE…` makes sure that Debian packages are
# installed: it installs missing ones if it has the rights to, and otherwise prints what to do.

say() { printf '== %s\n' "$*"; }

fail() {
  printf 'tools: %s\n' "$*" >&2
  exit 1
}

missing_packages() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
      printf '%s ' "$package"
  done
}

need() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    fail "this is not a Debian system. Install what these Debian packages contain, and build with CMake
(see CONTRIBUTING.md): $*"
  fi
  local missing
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  local root=()
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      root=(sudo)
    else
      fail "these packages are missing and only root can install them. Run, then try again:
  sudo apt-get install --no-install-recommends $missing"
    fi
  fi
  say "installing: $missing"
  # shellcheck disable=SC2086 # a list of names
  install_packages() {
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends $missing >/dev/null
  }
  install_packages 2>/dev/null || {
    "${root[@]}" apt-get update -qq
    install_packages || fail "apt-get could not install: $missing"
  }
}

build_packages=(g++ cmake ninja-build libboost-context-dev libfmt-dev nlohmann-json3-dev
  libcli11-dev pkg-config libcpp-httplib-dev prometheus-cpp-dev libspdlog-dev)
test_packages=(libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev git)
