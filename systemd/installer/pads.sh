# shellcheck shell=bash
# The pads of this machine. "heatpack" is the only one of most; others are instances of the template units.

readonly name_of_a_pad='^[a-z0-9][a-z0-9_-]{0,31}$'

# Sets $pads: those that are asked for, and those that have a configuration.
find_pads() {
    local file name
    pads=("${asked[@]}")
    for file in "$root"/etc/heatpack/*.toml; do
        name=$(basename "$file" .toml)
        if [[ -f $file && $name =~ $name_of_a_pad && " ${pads[*]} " != *" $name "* ]]; then
            pads+=("$name")
        fi
    done
    [[ ${#pads[@]} -gt 0 ]] || pads=(heatpack)
}

configuration() { echo "/etc/heatpack/$1.toml"; }
folder_of() { if [[ $1 == heatpack ]]; then echo heatpack; else echo "heatpack-$1"; fi; }
guard_unit() { if [[ $1 == heatpack ]]; then echo heatpack-guard.service; else echo "heatpack-guard@$1.service"; fi; }
controller_unit() { if [[ $1 == heatpack ]]; then echo heatpack.service; else echo "heatpack@$1.service"; fi; }
enabled() { in_root systemctl --quiet is-enabled "$@" 2>/dev/null; }

refuse_while_heating() {
    local pad
    for pad in "${pads[@]}"; do
        if in_session "$pad"; then
            fail "the pad of $(configuration "$pad") is in a session. Stop it, or wait until it is over, then try again"
        fi
    done
}

# The guard has no question for this, and a broker may be away. But a session is in the ledger from before its
# first heat until after its last. One that nobody could close there is old after a quarter of an hour.
in_session() {
    local folder answer
    folder=/var/lib/$(folder_of "$1")
    [[ -f $root$folder/ledger.json ]] || return 1
    answer=$(in_root python3 - "$folder" <<'END'
import fcntl, json, sys, time

folder = sys.argv[1]


def guarded():
    try:
        with open(f"{folder}/guard.lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def open_session():
    try:
        with open(f"{folder}/ledger.json") as file:
            sessions = json.load(file)["ledger"]["sessions"]
        since = [each["started_wall_s"] for each in sessions if each["ended_wall_s"] is None]
    except (ValueError, KeyError, TypeError):
        return False  # with such a ledger the guard heats nothing
    return any(time.time() - start < 900 for start in since)


print("yes" if guarded() and open_session() else "no")
END
    ) || fail "$folder: cannot be read, so nobody knows whether this pad is in a session"
    [[ $answer == yes ]]
}

configure_pads() {
    local pad file
    for pad in "${pads[@]}"; do
        file=$(configuration "$pad")
        if [[ $config && $pad == "${asked[0]:-heatpack}" ]]; then
            if [[ -f $root$file ]] && ! cmp --silent "$config" "$root$file"; then
                act "keep the configuration so far as $file.old" cp "$root$file" "$root$file.old"
            fi
            place 644 "$config" "$file"
        elif [[ ! -e $root$file ]]; then
            act "write $file for the reference build" first_configuration "$pad" "$file"
            left+=("sudo nano $file    # it describes the reference build: make it yours"
                "sudo -u heatpack heatpack check-config $file")
            [[ $start ]] || left+=("sudo systemctl enable --now $(guard_unit "$pad") $(controller_unit "$pad")")
        fi
    done
}

first_configuration() {
    local pad=$1 file=$root$2 id=neck-pad changes=()
    if [[ $pad != heatpack ]]; then
        id=$pad
        changes=(-e "s|^id = \"neck-pad\"|id = \"$id\"|" -e "s|^name = \"Neck heat pad\"|name = \"Heat pad $id\"|"
            -e "s|/var/lib/heatpack|/var/lib/heatpack-$id|" -e "s|/run/heatpack|/run/heatpack-$id|"
            -e "s|/etc/heatpack/heatpack.toml|/etc/heatpack/$id.toml|")
    fi
    if [[ $broker ]]; then
        changes+=(-e "s|^# username = .*|username = \"$id\"|"
            -e "s|^# password_file = \"mqtt-password\" |password_file = \"$pad.password\"|")
    fi
    in_root "$opt/bin/heatpack" example pad | sed "${changes[@]}" -e '' >"$file.new"
    chmod 644 "$file.new"
    mv "$file.new" "$file"
}

# Starts what --start asks for, and starts again what runs an older release. Sets $postponed if it must wait.
start_pads() {
    local pad both complaint stale
    postponed=
    # An old release is removed last. Where one is left, what runs may be running it.
    stale=$release_changed$units_changed$(old_releases)
    for pad in "${pads[@]}"; do
        both=("$(guard_unit "$pad")" "$(controller_unit "$pad")")
        if [[ $start ]]; then
            [[ $dry ]] || complaint=$(complaint_about "$pad") || fail "nothing was started:
$complaint"
            enabled "${both[@]}" || act "let ${both[*]} start with the machine" in_root systemctl enable "${both[@]}"
        fi
        if ! running || ! enabled "${both[@]}"; then
            continue
        elif [[ ! $stale ]] && systemctl --quiet is-active "${both[@]}"; then
            continue
        elif in_session "$pad"; then # since this began: an installation takes minutes
            postponed=yes
            left+=("sudo systemctl restart ${both[*]}    # when its session is over"
                "$(again)    # then: it removes the old release")
        else
            act "start ${both[*]}" systemctl restart "${both[@]}"
        fi
    done
}

again() { if [[ $packaged ]]; then echo "sudo dpkg-reconfigure heatpack"; else echo "sudo $here/install"; fi; }

# As the controller's user, who must be able to read the files that the configuration names.
complaint_about() {
    { in_root runuser -u heatpack -- "$opt/bin/heatpack" check-config "$(configuration "$1")" >/dev/null; } 2>&1
}
