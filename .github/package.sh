#!/usr/bin/env bash
# Packs a built program with what belongs to it: package.sh PROGRAM ARCH GLIBC. The archive and its checksum stand in
# target/package. It fails if the program asks for a newer glibc than GLIBC.
set -euo pipefail
program=${1:?the program} arch=${2:?its architecture} oldest=${3:?the version of glibc}
cd "$(dirname "${BASH_SOURCE[0]}")/.."

needed=$(objdump -T "$program" | grep -o 'GLIBC_[0-9.]*' | cut -d _ -f 2 | sort -uV | tail -n 1)
if [ "$(printf '%s\n' "$needed" "$oldest" | sort -V | tail -n 1)" != "$oldest" ]; then
    echo "$program needs glibc $needed, and is to run with $oldest" >&2
    exit 1
fi

name=nbrun-$arch-unknown-linux-gnu
directory=target/package/$name
mkdir -p "$directory/completions" "$directory/man"
cp "$program" README.md CHANGELOG.md LICENSE "$directory"
for shell in bash zsh fish; do
    "$program" completions "$shell" >"$directory/completions/nbrun.$shell"
done
"$program" man >"$directory/man/nbrun.1"
"$program" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p' | while read -r command; do
    if [ "$command" != help ]; then
        "$program" man "$command" >"$directory/man/nbrun-$command.1"
    fi
done
tar --create --gzip --file "target/package/$name.tar.gz" --owner 0 --group 0 --directory target/package "$name"
(cd target/package && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
echo "target/package/$name.tar.gz: glibc $needed or later"
