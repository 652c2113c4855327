#!/usr/bin/env bash
# The steps of action.yml, which runs them in this order: find, install, check, update-check, site. What a step needs comes in
# NBRUN_* variables; GITHUB_* and RUNNER_* are the runner's own.
set -euo pipefail

case "${1:?a step}" in
find)
    # Where the program and nbrun's cache are to be, and what decides whether the program must be built again.
    sources=$(cd "$GITHUB_ACTION_PATH" && find Cargo.toml Cargo.lock build.rs src -type f -print0 | sort -z |
        xargs -0 sha256sum | sha256sum | cut -c 1-16)
    # A version's tag has a release, with a program that is built already, in the repository that the action comes from.
    release=
    if [[ -n "${NBRUN_REPOSITORY:-}" && "${NBRUN_REF:-}" == v[0-9]* ]]; then
        release="$GITHUB_SERVER_URL/$NBRUN_REPOSITORY/releases/download/$NBRUN_REF/nbrun-$(uname -m)-unknown-linux-gnu.tar.gz"
    fi
    {
        echo "sources=$sources"
        echo "program=$RUNNER_TEMP/nbrun-program"
        echo "cache=${XDG_CACHE_HOME:-$HOME/.cache}/nbrun"
        echo "release=$release"
    } >>"$GITHUB_OUTPUT"
    ;;
install)
    if ! command -v rustc >/dev/null; then
        echo "::error::nbrun compiles the notebooks' jobs with rustc, which is not installed here"
        exit 1
    fi
    bin=$NBRUN_PROGRAM/bin
    mkdir -p "$bin"
    if [ ! -x "$bin/nbrun" ] && [ -n "$NBRUN_RELEASE" ]; then
        archive=$RUNNER_TEMP/nbrun.tar.gz
        if curl --fail --silent --show-error --location --retry 3 --output "$archive" "$NBRUN_RELEASE" &&
            curl --fail --silent --show-error --location --retry 3 --output "$archive.sha256" "$NBRUN_RELEASE.sha256"; then
            echo "$(cut -d ' ' -f 1 "$archive.sha256")  $archive" | sha256sum --check --quiet
            tar --extract --gzip --file "$archive" --directory "$bin" --strip-components 1 --wildcards '*/nbrun'
        else
            echo "There is no program at $NBRUN_RELEASE: it is built."
        fi
    fi
    if [ ! -x "$bin/nbrun" ]; then
        cargo install --locked --path "$GITHUB_ACTION_PATH" --root "$NBRUN_PROGRAM"
    fi
    echo "$bin" >>"$GITHUB_PATH"
    "$bin/nbrun" --version
    ;;
check | update-check | site)
    # Words are split on purpose, at spaces and lines; names with wildcards are left to the shell, too.
    # shellcheck disable=SC2206
    notebooks=($NBRUN_NOTEBOOKS) arguments=($NBRUN_ARGUMENTS)
    case "$1" in
    check) command=(check --deny-warnings) ;;
    update-check) command=(update --check) ;;
    site) command=(build -o "$NBRUN_SITE") ;;
    esac
    nbrun "${command[@]}" --format github "${arguments[@]}" "${notebooks[@]}"
    ;;
*)
    echo "no such step: $1" >&2
    exit 2
    ;;
esac
