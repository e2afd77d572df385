# shellcheck shell=bash
# mosquitto with an account for everybody. Passwords are made here, once, and go into files, not to the screen.

readonly conf_d=/etc/mosquitto/conf.d
readonly accounts=/etc/heatpack/accounts        # name and password of each account, for root
readonly wishes=/etc/heatpack/broker-options    # what somebody asked for after --, one a line

configure_broker() {
    local changed=
    [[ $broker ]] || return 0
    if [[ $packaged && ! -e $root/usr/sbin/mosquitto ]]; then
        return 0 # it is only recommended there
    fi
    if [[ ${#broker_options[@]} -gt 0 ]]; then
        place_text 644 "$wishes" < <(printf '%s\n' "${broker_options[@]}")
        changed=$placed
    fi
    if [[ $changed || ! -e $root$conf_d/heatpack.conf ]] || ! packs_are_known; then
        act "write heatpack.conf and heatpack.acl in $conf_d" write_broker
        changed=yes
    fi
    if [[ ! -e $root$conf_d/heatpack.acl || $(accounts_without_password) ]]; then
        act "make passwords for the broker's accounts" make_passwords
        left+=("sudo cat $accounts    # names and passwords: for your phone, for Home Assistant")
        changed=yes
    fi
    give_passwords
    if [[ $changed$release_changed ]]; then # the page moves with the release
        restart_mosquitto
    fi
}

restart_mosquitto() {
    if running; then
        act "restart mosquitto" systemctl restart mosquitto
    fi
}

# setting PAD KEY: of its configuration, such as mqtt.username; nothing if it is not there.
setting() {
    in_root python3 - "$(configuration "$1")" "$2" 2>/dev/null <<'END' || true # heatpack itself says what is wrong
import sys, tomllib

with open(sys.argv[1], "rb") as file:
    value = tomllib.load(file)
for key in sys.argv[2].split("."):
    value = value.get(key, {})
print(value or "")
END
}

packs_are_known() {
    local pad
    for pad in "${pads[@]}"; do
        grep -qs "^topic readwrite .*/$(setting "$pad" device.id)/#$" "$root$conf_d/heatpack.acl" || return 1
    done
}

write_broker() {
    local pad options=()
    if [[ ${#pads[@]} -gt 1 ]]; then
        for pad in "${pads[@]}"; do
            options+=(--role "device:$(setting "$pad" device.id)")
        done
    fi
    [[ ! -f $root$wishes ]] || mapfile -t -O "${#options[@]}" options <"$root$wishes"
    in_root "$opt/bin/heatpack" broker-config --config "$(configuration "${pads[0]}")" --page "$opt/page" \
        -o "$conf_d" "${options[@]}"
    touch "$root$conf_d/heatpack.passwords"
    in_root chown mosquitto: "$conf_d/heatpack.acl" "$conf_d/heatpack.passwords"
    chmod 600 "$root$conf_d"/heatpack.{acl,passwords}
    rm -f "$root$conf_d/heatpack.conf.off"
}

accounts_without_password() {
    comm -23 <(sed -n 's/^user //p' "$root$conf_d/heatpack.acl" | sort) \
        <(cut -d: -f1 "$root$conf_d/heatpack.passwords" | sort)
}

make_passwords() {
    local user draft=$conf_d/heatpack.new
    install -m 600 /dev/null "$root$draft"
    [[ -f $root$accounts ]] || install -m 600 /dev/null "$root$accounts"
    for user in $(accounts_without_password); do
        [[ -n $(password_of "$user") ]] ||
            echo "$user $(head -c 15 /dev/urandom | base64 | tr '+/' '-_')" >>"$root$accounts"
        echo "$user:$(password_of "$user")" >>"$root$draft"
    done
    in_root mosquitto_passwd -U "$draft" # from a file: every user could read it among the arguments
    cat "$root$draft" >>"$root$conf_d/heatpack.passwords"
    rm "$root$draft"
}

password_of() { sed -n "s/^$1 //p" "$root$accounts"; }

# To each pack its own password, where its configuration looks for it.
give_passwords() {
    local pad user file
    for pad in "${pads[@]}"; do
        if [[ ! -f $root$(configuration "$pad") ]]; then # --dry-run
            act "write /etc/heatpack/$pad.password" give_password
            continue
        fi
        user=$(setting "$pad" mqtt.username)
        file=$(setting "$pad" mqtt.password_file)
        if [[ -z $user || -z $file ]]; then
            left+=("add to [mqtt] in $(configuration "$pad"): username = \"$(setting "$pad" device.id)\" and password_file = \"$pad.password\"; then install again")
            continue
        fi
        [[ $file == /* ]] || file=/etc/heatpack/$file
        [[ -e $root$file ]] || act "write $file" give_password "$user" "$file"
    done
}

give_password() {
    local password
    password=$(password_of "$1")
    [[ -n $password ]] || { echo "$accounts: there is no password for $1" && exit 1; }
    install -m 640 /dev/null "$root$2.new"
    echo "$password" >"$root$2.new"
    in_root chown root:heatpack "$2.new"
    mv "$root$2.new" "$root$2"
}
