#!/bin/sh
# Makes .venv with the pinned dependencies and, on Debian and Ubuntu, installs what Qt needs.
# Usage: packaging/setup.sh run|test. Does nothing, in well under a second, when all is in place.
# `packaging/setup.sh build [PACKAGE...]` installs Debian's packages for packaging/build.py, and no more.
set -eu
cd "$(dirname "$0")/.."
what=${1:-run}

say() { printf '%s\n' "setup: $*" >&2; }

suits() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        suits "$PYTHON" && echo "$PYTHON" && return
        say "PYTHON=$PYTHON is not Python 3.11 or later. Name one that is, or leave PYTHON out."
        exit 1
    fi
    for name in python3.13 python3.12 python3.11 python3; do
        if suits "$name"; then
            echo "$name"
            return
        fi
    done
    say "Python 3.11 or later is needed, and none was found. Install it, or name it: make PYTHON=/path/to/python3"
    exit 1
}

# What a Python says of itself; nothing where it does not run, or that code fails.
version_of() { "$1" -c "import sys; ${2:-}print(sys.version)" 2>/dev/null || :; }

pip_install() { .venv/bin/python -m pip install -q --disable-pip-version-check "$@"; }

packages() { sed 's/#.*//' "$@" | tr -s ' \n' ' '; }

install_missing() {
    command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1 || return 0
    missing=
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    sudo=
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 || {
            say "these packages are missing, and there is no sudo. As root: apt-get install$missing"
            exit 1
        }
        sudo=sudo
    fi
    say "installing with apt-get${sudo:+ (through sudo)}:$missing"
    $sudo apt-get update -qq
    # shellcheck disable=SC2086
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

if [ "$what" = build ]; then
    shift
    install_missing $(packages packaging/debian-packages.txt packaging/debian-build-packages.txt) "$@"
    exit 0
fi

python=$(find_python)
# Debian keeps venv's ensurepip in a package of its own.
"$python" -c 'import ensurepip' 2>/dev/null || install_missing python3-venv
case $what in
test) install_missing $(packages packaging/debian-packages.txt packaging/debian-test-packages.txt) ;;
*) install_missing $(packages packaging/debian-packages.txt) ;;
esac

extra=
[ "$what" = test ] && extra='[dev]'
# An upgrade of the system may take the Python of .venv away. Where the making of .venv was stopped
# pip is not whole: its list of files, which comes last, is missing.
version=$(version_of .venv/bin/python "from importlib.metadata import files; files('pip')[0]; ")
if [ -n "$version" ] && [ -n "${PYTHON:-}" ] && [ "$version" != "$(version_of "$python")" ]; then
    say "the Python in .venv is another than $PYTHON"
    version=
fi
if [ -z "$version" ]; then
    [ ! -e .venv ] || say "making .venv anew"
    rm -f .venv/.installed-* # first: if this is stopped, they must not speak for what is left
    "$python" -m venv --clear .venv
    version=$(version_of .venv/bin/python)
fi
wanted="$(cat pyproject.toml packaging/constraints.txt | cksum) $(echo "$version" | cut -d. -f1,2)"
# TORCH_INDEX names another index for torch alone, for example the one with the small CPU builds.
# Running and the tests share that build: where it came from has a stamp of its own.
torch=torch==2.13.0
torch_stamp=.venv/.installed-torch
has_torch() {
    [ -z "${TORCH_INDEX:-}" ] || [ "$(cat "$torch_stamp" 2>/dev/null)" = "$torch from $TORCH_INDEX" ]
}
for done in test run; do # what the tests need includes what running needs
    stamp=.venv/.installed-$done
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && has_torch; then
        [ "$done" = test ] || [ "$what" = run ] || continue
        exit 0
    fi
done
say "installing the pinned dependencies into .venv (the first time takes a few minutes)"
if ! has_torch; then
    rm -f "$torch_stamp"
    # By the version pip cannot tell the builds apart: it would leave the one that is there.
    pip_install --index-url "$TORCH_INDEX" --force-reinstall --no-deps "$torch"
    pip_install --index-url "$TORCH_INDEX" "$torch" # what this build needs
fi
pip_install -c packaging/constraints.txt -e ".$extra"
printf '%s\n' "$wanted" >".venv/.installed-$what"
[ -z "${TORCH_INDEX:-}" ] || printf '%s\n' "$torch from $TORCH_INDEX" >"$torch_stamp"
