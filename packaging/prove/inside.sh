#!/bin/sh
# Runs a command inside a root folder as USER, with nothing shared but the kernel.
# Usage: inside.sh FOLDER USER yes|no COMMAND...   The third word says whether there is a network.
set -eu
folder=$1 user=$2 network=$3
shift 3
cut=--net
[ "$network" = no ] || cut=
# A mount namespace and a pid namespace of its own: whatever it starts ends with it.
# shellcheck disable=SC2086,SC2016
exec unshare --mount --pid --fork --kill-child $cut sh -eu -c '
    folder=$1 user=$2
    shift 2
    mount --make-rprivate /
    mount -t proc proc "$folder/proc"
    mount -t tmpfs tmpfs "$folder/dev"
    for device in null zero full random urandom tty; do
        touch "$folder/dev/$device"
        mount --bind "/dev/$device" "$folder/dev/$device"
    done
    mkdir -m 1777 "$folder/dev/shm" "$folder/dev/pts"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$folder/dev/pts"
    ln -s pts/ptmx "$folder/dev/ptmx"
    mount -t tmpfs tmpfs "$folder/dev/shm"
    mount -t tmpfs tmpfs "$folder/tmp"
    chmod 1777 "$folder/tmp"
    [ ! -d "$folder/read-only" ] || { mount --bind "$folder/read-only" "$folder/read-only"
        mount -o remount,bind,ro "$folder/read-only"; }
    home=/root
    [ "$user" = root ] || home=/home/$user
    exec chroot --userspec="$user:$user" "$folder" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        HOME="$home" USER="$user" LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
' sh "$folder" "$user" "$@"
