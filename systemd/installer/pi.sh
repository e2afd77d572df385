# shellcheck shell=bash
# What belongs to a Raspberry Pi alone: its firmware's settings and its hardware watchdog.

boot_config() {
    local file
    for file in /boot/firmware/config.txt /boot/config.txt; do
        if [[ -f $root$file ]]; then
            echo "$file"
            return
        fi
    done
}

configure_pi() {
    local file setting missing=()
    [[ $is_pi ]] || return 0
    file=$(boot_config)
    # The converter's bus; and a pin whose owner has died becomes an input, which the pull-down holds low.
    for setting in dtparam=spi=on dtparam=strict_gpiod; do
        holds_for_every_pi "$setting" "$root$file" || missing+=("$setting")
    done
    if [[ ${#missing[@]} -gt 0 ]]; then
        act "add ${missing[*]} to $file" add_to_boot_config "$root$file" "${missing[@]}"
        left+=("sudo reboot    # the firmware reads $file then")
    fi
    place_text 644 /etc/systemd/system.conf.d/heatpack.conf <<'END'
# The kernel itself may hang, and a pin stays as it is then. The Pi's watchdog counts to 15 seconds at most.
[Manager]
RuntimeWatchdogSec=10
END
    if [[ $placed ]] && running; then
        act "let systemd use the hardware watchdog" systemctl daemon-reexec
    fi
}

# Whether a line is there, and not in a section for some model or display only.
holds_for_every_pi() {
    tr -d '\r' <"$2" | awk -v setting="$1" '
        BEGIN { all = 1 }
        /^\[/ { all = /^\[all\]/ }
        { sub(/[ \t]+$/, "") }
        all && $0 == setting { found = 1 }
        END { exit !found }'
}

add_to_boot_config() {
    local file=$1
    shift
    cp "$file" "$file.before-heatpack"
    # Of one file on a card that has no journal: the whole new one is there before the old one goes.
    { cat "$file" && printf '\n# heatpack\n[all]\n' && printf '%s\n' "$@"; } >"$file.new"
    sync "$file.new"
    mv "$file.new" "$file"
}
