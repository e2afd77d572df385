# shellcheck shell=bash
# The operating system: what it is, its packages, and the files that systemd reads.

readonly lib=/usr/local/lib # what a person installs; the Debian package has its files in /usr/lib
readonly units=(heatpack.service heatpack@.service heatpack-guard.service heatpack-guard@.service)
# Where each file of this folder belongs, below $lib.
readonly files=("${units[@]/#/systemd/system/}" sysusers.d/heatpack.conf tmpfiles.d/heatpack.conf
    udev/rules.d/60-heatpack.rules)

in_root() {
    if [[ $root ]]; then chroot "$root" "$@"; else "$@"; fi
}

# Whether systemd runs there, as it does not on a mounted card or while an image is made.
running() { [[ -z $root && -d /run/systemd/system ]]; }

# shellcheck disable=SC2016 # dpkg's variable, not the shell's
has_package() { [[ $(in_root dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# Sets $system_lgpio and $is_pi.
find_system() {
    local version
    [[ -r $root/etc/os-release ]] || fail "$root/etc/os-release: not there; this needs Debian or Raspberry Pi OS"
    version=$(sed -n 's/^VERSION_ID="\?\([0-9]*\).*/\1/p' "$root/etc/os-release")
    [[ -e $root/etc/debian_version && $version -ge 12 ]] ||
        fail "this needs Raspberry Pi OS or Debian, 12 (Bookworm) or newer"
    # From Python 3.13 on lgpio has no wheel, and Raspberry Pi OS has a package of it in its place.
    system_lgpio=
    [[ $version -lt 13 ]] || system_lgpio=yes
    is_pi=
    [[ -z $(boot_config) ]] || is_pi=yes
}

refuse_two_ways_at_once() {
    if [[ -z $packaged ]] && has_package heatpack; then
        fail "heatpack is installed as a Debian package: use apt, or run 'sudo apt remove heatpack' first"
    fi
}

install_packages() {
    local package missing=() wanted=(python3 python3-venv) apt
    [[ -z $broker ]] || wanted+=(mosquitto)
    [[ -z $packaged ]] || return 0 # they are what the Debian package depends on
    if [[ $system_lgpio && -e $root/etc/rpi-issue ]]; then
        wanted+=(python3-lgpio)
    elif [[ $system_lgpio ]] && ! has_package python3-lgpio; then
        left+=("Get python3-lgpio: Debian 13 itself has none, Raspberry Pi OS 13 has. Until then only simulated pads work.")
    fi
    for package in "${wanted[@]}"; do
        has_package "$package" || missing+=("$package")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    apt=(env DEBIAN_FRONTEND=noninteractive apt-get --yes -o DPkg::Lock::Timeout=300)
    act "refresh the package lists" in_root "${apt[@]}" update
    act "install the packages ${missing[*]}" in_root "${apt[@]}" install --no-install-recommends "${missing[@]}"
}

# Sets $units_changed.
install_files() {
    local file users_changed=
    units_changed=
    if [[ $packaged ]]; then
        remove_files # of an installation without the package: they would count before its own
    else
        for file in "${files[@]}"; do
            place 644 "$here/$(source_of "$file")" "$lib/$file"
            [[ -n $placed ]] || continue
            case $file in
                systemd/*) units_changed=yes ;;
                sysusers.d/*) users_changed=yes ;;
                udev/*) apply_rules ;;
            esac
        done
    fi
    if [[ $users_changed ]] || ! grep -q '^heatpack-guard:' "$root/etc/passwd"; then
        act "make the users heatpack and heatpack-guard" in_root systemd-sysusers heatpack.conf
    fi
    [[ -d $root/etc/heatpack ]] || act "make /etc/heatpack" install -d -m 755 "$root/etc/heatpack"
    if [[ $units_changed ]]; then
        reload_units
    fi
}

# source_of systemd/system/heatpack.service: heatpack.service, where it lies in this folder.
source_of() {
    case $1 in
        systemd/system/*) basename "$1" ;;
        udev/*) echo "${1#udev/}" ;;
        *) echo "$1" ;;
    esac
}

remove_files() {
    local file
    for file in "${files[@]}"; do
        [[ ! -e $root$lib/$file ]] || act "remove $lib/$file" rm "$root$lib/$file"
    done
}

reload_units() {
    if running; then
        act "let systemd read the units" systemctl daemon-reload
    fi
}

apply_rules() {
    if running; then
        act "let udev read its rules" udevadm control --reload
        act "apply them" udevadm trigger --subsystem-match=gpio --subsystem-match=spidev
    fi
}
