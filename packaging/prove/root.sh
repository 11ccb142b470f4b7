#!/bin/sh
# Makes a minimal Debian 12 in FOLDER, with a user "person" in it. Needs root, debootstrap and a network.
# Usage: root.sh FOLDER. The base system is kept in build/, so that the next time takes seconds.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
folder=$1 kept=$here/build/bookworm.tar
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
if [ ! -f "$kept" ]; then
    made=$(mktemp -d)
    debootstrap --variant=minbase bookworm "$made" "$mirror" >"$here/build/debootstrap.log"
    tar -C "$made" -cf "$kept.new" . && mv "$kept.new" "$kept"
    rm -rf "$made"
fi
mkdir -p "$folder"
tar -C "$folder" -xf "$kept"
chmod 755 "$folder" # the base was made in a folder of root's alone
chroot "$folder" useradd --create-home --shell /bin/sh person
