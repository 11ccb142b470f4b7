#!/bin/sh
# Runs a command on a virtual screen of its own, and ends the screen after it.
# xvfb-run does this too, but needs xauth, and leaves the screen behind when it is killed.
set -eu
numbers=$(mktemp)
Xvfb -displayfd 3 -screen 0 1400x1000x24 -nolisten tcp 3>"$numbers" 2>/dev/null &
screen=$!
trap 'kill "$screen" 2>/dev/null || true; rm -f "$numbers"' EXIT INT TERM
for _ in $(seq 100); do
    [ -s "$numbers" ] && break
    sleep 0.1
done
[ -s "$numbers" ] || { echo "with-screen: Xvfb did not start" >&2; exit 1; }
DISPLAY=":$(cat "$numbers")" "$@"
