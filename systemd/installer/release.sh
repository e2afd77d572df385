# shellcheck shell=bash
# The program: a virtual environment of its own for each release, and /opt/heatpack pointing to the one in use.
# A release is made whole beside the old one, so a failed download breaks nothing, and a daemon that runs never
# sees its modules change.

readonly opt=/opt/heatpack

# Sets $release, and $release_changed if it is a new one.
install_release() {
    local folder
    if grep -qs tune "$root$opt/complete"; then tune=yes; fi # whoever has it keeps it
    release=$(fingerprint)
    folder=$opt-$release
    release_changed=
    if [[ $(readlink "$root$opt") == "${folder##*/}" && -f $root$folder/complete ]]; then
        return
    fi
    release_changed=yes
    [[ ! -e $root$opt || -L $root$opt ]] || fail "$opt is in the way, and not a link: move it away"
    act "make a Python environment in $folder" make_environment "$folder"
    refuse_what_it_does_not_understand "$folder"
    act "point $opt to it" point_to "$folder"
    if [[ -z $packaged && ! -e $root/usr/local/bin/heatpack ]]; then
        act "link /usr/local/bin/heatpack" ln -sfn "$opt/bin/heatpack" "$root/usr/local/bin/heatpack"
    fi
}

# Changes with the program, with the Python, and with the way that it is installed.
fingerprint() {
    {
        echo "$system_lgpio $tune $(in_root python3 --version 2>/dev/null)"
        if [[ $wheels ]]; then
            cd "$wheels" && sha256sum -- *.whl
        else
            cd "$here/.." && find config controller hardware pyproject.toml -type f -not -path '*/__pycache__/*' |
                LC_ALL=C sort | xargs sha256sum
        fi
    } | sha256sum | cut -c1-12
}

make_environment() {
    local folder=$1 options=() extras=pi from pip
    [[ -z $system_lgpio ]] || options=(--system-site-packages)
    [[ -z $tune ]] || extras=pi,tune
    rm -rf "$root$folder"
    in_root python3 -m venv "${options[@]}" "$folder"
    from=$(in_root mktemp -d) # a copy: the source may lie where the system in --root cannot see it
    pip=(in_root "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-input)
    if [[ $wheels ]]; then
        cp "$wheels"/*.whl "$root$from"
        "${pip[@]}" --no-index --find-links "$from" "heatpack[$extras]"
    else
        cp -r "$here"/../{config,controller,hardware,pyproject.toml,README.md,LICENSE} "$root$from"
        "${pip[@]}" "${from}[$extras]"
    fi
    rm -rf "$root$from"
    # The phone page under a name that outlives releases.
    ln -s "$(cd "$root$folder" && echo lib/python3*/site-packages/controller/phone)" "$root$folder/page"
    in_root "$folder/bin/heatpack" --version
    echo "$extras" >"$root$folder/complete"
}

# Before anything has changed: pads that start by themselves must still start after an upgrade.
refuse_what_it_does_not_understand() {
    local pad file complaint
    [[ -z $dry ]] || return 0
    for pad in "${pads[@]}"; do
        file=$(configuration "$pad")
        if [[ ! -f $root$file || $config ]] || ! enabled "$(guard_unit "$pad")"; then
            continue
        fi
        complaint=$({ in_root "$1/bin/heatpack" check-config "$file" >/dev/null; } 2>&1) ||
            fail "the new release does not accept $file, so the old one stays in use:
$complaint"
    done
}

point_to() {
    ln -sfn "${1##*/}" "$root$opt.new"
    mv -T "$root$opt.new" "$root$opt"
}

old_releases() {
    local folder
    for folder in "$root$opt"-????????????; do
        if [[ -d $folder && $folder != "$root$opt-$release" ]]; then
            echo "${folder#"$root"}"
        fi
    done
}

remove_old_releases() {
    local folder
    for folder in $(old_releases); do
        act "remove the old release $folder" rm -rf "$root$folder"
    done
}
