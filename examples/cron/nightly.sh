#!/bin/sh
# For cron: packs a folder, uploads it, and records how large it was. Says nothing when all is well, so that cron's mail
# tells of failures only; ends with the exit code of the command that failed.
#
#   15 3 * * *  RHIZO_SERVER_NAME=lab.example:5000 RHIZO_SECRET_KEY=... /opt/lab/nightly.sh /var/lib/lab /lab/shelf
#
# The server and key may also come from a profile (rhizo login) or from config.yaml and local.yaml in the current folder.
set -eu

[ $# = 2 ] || { echo "usage: nightly.sh LOCAL-FOLDER /CONTROLLER-FOLDER" >&2; exit 2; }
source=$1
folder=$2

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
archive=$temporary/$(date -u +%Y-%m-%d).tar.gz
tar -czf "$archive" -C "$source" .

rhizo put "$archive" "$folder/nightly/"

size=$folder/nightly_size
rhizo info "$size" >/dev/null 2>&1 || rhizo seq create "$size" --type numeric --units bytes --decimals 0
rhizo seq update "$size" "$(wc -c <"$archive" | tr -d ' ')"
