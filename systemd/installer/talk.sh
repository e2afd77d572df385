# shellcheck shell=bash
# What a person reads, and doing as against saying.

left=()   # what remains to be done by a person
acted=''  # whether anything was done, or would be

say() { echo "heatpack: $*"; }

fail() {
    echo "heatpack: $*" >&2
    exit 1
}

# act SENTENCE COMMAND...: do it and say so, or only say that it would be done. What the command prints is
# shown if it fails. Not to be called as a condition: there a shell goes on after a failure in the command.
act() {
    local sentence=$1 output status
    shift
    acted=yes
    if [[ $dry ]]; then
        say "would $sentence"
        return
    fi
    say "$sentence"
    set +e
    output=$(set -e; "$@" 2>&1 </dev/null)
    status=$?
    set -e
    if [[ $status -ne 0 ]]; then
        printf '%s\n' "$output" >&2
        fail "that did not work: $sentence"
    fi
}

# place MODE FROM TO: a file's content and mode. Sets $placed unless it was so already.
place() {
    local to=$root$3
    placed=
    if [[ ! -f $to ]] || ! cmp --silent "$2" "$to" || [[ $(stat -c %a "$to") != "$1" ]]; then
        act "write $3" install -D -m "$1" "$2" "$to"
        placed=yes
    fi
}

# place_text MODE TO: the same with standard input.
place_text() {
    local draft
    draft=$(mktemp)
    cat >"$draft"
    place "$1" "$draft" "$2"
    rm -f "$draft"
}

tell_what_is_left() {
    local each
    [[ $acted ]] || say "everything is as it should be"
    [[ ${#left[@]} -eq 0 ]] || say "left to do:"
    for each in "${left[@]}"; do
        printf '  %s\n' "$each"
    done
}
