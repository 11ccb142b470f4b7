#!/bin/sh
# Proves the portable archive: unpacked on a read-only mount of a minimal Debian 12, without a network.
# Usage (as root): packaging/prove/portable.sh [FILE.tar.zst]
set -eu
cd "$(dirname "$0")/../.."
prove=packaging/prove
archive=${1:-$(ls dist/desktop-llm-*.tar.zst)}
root=build/prove-portable
inside="sh $prove/inside.sh $root"
rm -rf "$root"
sh $prove/root.sh "$root"
cp $prove/journey.sh "$root/journey.sh"
cp /etc/resolv.conf "$root/etc/resolv.conf"
$inside root yes apt-get update -qq
# What a desktop has; the archive brings no system packages.
packages=$(sed 's/#.*//' packaging/debian-packages.txt)
# shellcheck disable=SC2086
$inside root yes apt-get install -y -qq --no-install-recommends $packages libstdc++6 \
    xvfb xdotool x11-apps netpbm >build/prove-portable.log

# 1. A read-only folder: everything goes where the user's things go.
mkdir "$root/read-only"
tar -I zstd -xf "$archive" -C "$root/read-only" --strip-components=1
find "$root/read-only" -printf '%P %s %T@\n' | sort >build/prove-portable.before
$inside person no sh -c '! touch /read-only/x 2>/dev/null'
$inside person no sh /journey.sh /read-only/desktop-llm
find "$root/read-only" -printf '%P %s %T@\n' | sort | cmp - build/prove-portable.before
[ -f "$root/home/person/.local/share/desktop-llm/history.db" ]
echo "prove: ok: it runs from a read-only folder and leaves it as it was"

# 2. A writable folder with a file named portable: everything stays beside the program.
mv "$root/read-only" "$root/home/person/stick"
touch "$root/home/person/stick/portable"
chroot "$root" chown -R person:person /home/person/stick
rm -rf "$root/home/person/.local" "$root/home/person/.config" "$root/home/person/.cache"
$inside person no sh /journey.sh /home/person/stick/desktop-llm
[ -f "$root/home/person/stick/data/history.db" ]
[ ! -e "$root/home/person/.local/share/desktop-llm" ]
[ ! -e "$root/home/person/.config/desktop-llm" ]
echo "prove: ok: with a file named portable everything stays beside the program"

# 3. Both: nothing can be kept there, and it says so.
mv "$root/home/person/stick" "$root/read-only"
if $inside person no /read-only/desktop-llm chats list >build/prove-portable.told 2>&1; then
    echo "prove: FAILED: it did not say that it cannot write" >&2
    exit 1
fi
grep -q "DESKTOP_LLM_HOME" build/prove-portable.told
echo "prove: ok: portable on a read-only folder says what to do: $(cat build/prove-portable.told)"
rm -rf "$root"
