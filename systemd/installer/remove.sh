# shellcheck shell=bash
# Taking it away again. Records, configuration, passwords and users stay: a new installation finds them.

uninstall() {
    local pad file
    for pad in "${pads[@]}"; do
        if is_used "$(guard_unit "$pad")" || is_used "$(controller_unit "$pad")"; then
            act "stop and disable $(guard_unit "$pad") and $(controller_unit "$pad")" disable "$pad"
        fi
    done
    if [[ -e $root$conf_d/heatpack.conf ]]; then
        # It names the page, without which mosquitto does not start.
        act "set $conf_d/heatpack.conf aside as heatpack.conf.off" mv "$root$conf_d"/heatpack.conf{,.off}
        restart_mosquitto
    fi
    remove_files
    for file in /etc/systemd/system.conf.d/heatpack.conf /usr/local/bin/heatpack; do
        if [[ -e $root$file || -L $root$file ]]; then
            act "remove $file" rm "$root$file"
        fi
    done
    for file in "$root$opt" "$root$opt"-????????????; do
        if [[ -e $file || -L $file ]]; then
            act "remove ${file#"$root"}" rm -rf "$file"
        fi
    done
    reload_units
    say "kept: /etc/heatpack, the records in /var/lib/heatpack*, the users, mosquitto and its accounts"
    [[ -z $is_pi ]] || say "kept: $(boot_config); what heatpack added there stands at its end"
}

is_used() { enabled "$1" || { running && systemctl --quiet is-active "$1"; }; }

# The guard's unit drives the pin low when it stops.
disable() {
    if running; then
        systemctl disable --now "$(guard_unit "$1")" "$(controller_unit "$1")"
    else
        in_root systemctl disable "$(guard_unit "$1")" "$(controller_unit "$1")"
    fi
}
