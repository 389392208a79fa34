#!/usr/bin/env bash
# A bootable guest of some 16 MB made of Debian packages alone: cloud kernel, busybox, QEMU guest agent. It reads a NoCloud seed
# (local-hostname; user-data that begins with #!), takes its address by DHCP, obeys the power button, talks on the first serial port.
# The image holds GPL programs: it is made where it is used and never published.
#
# usage: guest.sh      prints where the image is, on its last line; makes it only when this script has changed since
set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

say() { printf '==> %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

version=$(sha256sum "${BASH_SOURCE[0]}" | cut -c1-12)
home="${XDG_CACHE_HOME:-$HOME/.cache}/virtrigaud/guest-$version"
image="$home/tiny.qcow2"
if [ -s "$image" ]; then
  echo "$image"
  exit 0
fi

for program in apt-get apt-cache dpkg-deb depmod modprobe cpio gzip mkfs.vfat mcopy syslinux qemu-img; do
  command -v "$program" >/dev/null || fail "$program is missing: run \`node tools/libvirt/packages.js install\` (the guest is made on Debian)"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root="$work/root"

fetch_packages() {
  local kernel
  local -a wanted
  find_kernel() { apt-cache depends linux-image-cloud-amd64 2>/dev/null | awk '$1 == "Depends:" && $2 ~ /^linux-image-/ { print $2; exit }'; }
  kernel=$(find_kernel)
  if [ -z "$kernel" ] && [ "$(id -u)" = 0 ]; then
    say 'refreshing the package lists (apt-get update)'
    apt-get update -q >&2
    kernel=$(find_kernel)
  fi
  [ -n "$kernel" ] || fail 'apt knows no linux-image-cloud-amd64: run apt-get update, and see that the main component is enabled'
  wanted=("$kernel" busybox-static qemu-guest-agent)
  say "downloading ${wanted[*]}"
  mkdir "$work/packages"
  (cd "$work/packages" && apt-get download -q "${wanted[@]}" >"$work/download.log" 2>&1) || fail "download failed: $(tail -n 3 "$work/download.log")"
  for package in "$work"/packages/*.deb; do dpkg-deb -x "$package" "$work/unpacked"; done
}

lay_out_root() {
  mkdir -p "$root"/{bin,sbin,etc/acpi/PWRF,proc,sys,dev,tmp,run,seed,boot,modules,usr/share/udhcpc}
  cp "$(find "$work/unpacked" -type f -path '*bin/busybox' -perm -u+x | head -n 1)" "$root/bin/busybox"
  ln -s busybox "$root/bin/sh"
}

# Modules are numbered in the order in which they must be inserted: no module tools are needed in the guest.
add_modules() {
  local modules="$work/unpacked" release number=100 file
  [ -d "$modules/lib" ] || ln -s usr/lib "$modules/lib"
  release=$(basename "$(echo "$modules"/lib/modules/*)")
  depmod -b "$modules" "$release"
  for module in virtio_pci virtio_blk virtio_net virtio_console virtio_scsi virtio_balloon virtio-rng ata_piix sr_mod isofs vfat \
    nls_cp437 nls_ascii nls_iso8859-1 nls_utf8 button evdev; do
    modprobe -d "$modules" -S "$release" --show-depends "$module" | awk '$1 == "insmod" { print $2 }'
  done | awk '!seen[$0]++' >"$work/modules"
  while read -r file; do
    cp "$file" "$root/modules/$number-$(basename "$file")"
    number=$((number + 1))
  done <"$work/modules"
}

add_agent() {
  local agent library
  agent=$(find "$work/unpacked" -type f -name qemu-ga -perm -u+x | head -n 1)
  cp "$agent" "$root/bin/qemu-ga"
  ! ldd "$agent" | grep 'not found' >&2 || fail 'libraries of the guest agent are missing on this host: install qemu-guest-agent'
  for library in $(ldd "$agent" | grep -o '/[^ ]*'); do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
  done
}

write_scripts() {
  cat >"$root/usr/share/udhcpc/default.script" <<'SCRIPT'
#!/bin/sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip addr flush dev "$interface"
ip addr add "$ip/${mask:-24}" dev "$interface"
[ -z "$router" ] || ip route replace default via "${router%% *}" dev "$interface"
: >/etc/resolv.conf
for server in $dns; do echo "nameserver $server" >>/etc/resolv.conf; done
echo "guest: $interface has $ip" >/dev/console
SCRIPT
  cat >"$root/etc/acpi/PWRF/00000080" <<'SCRIPT'
#!/bin/sh
echo 'guest: power button' >/dev/console
sync
umount -a 2>/dev/null
poweroff -f
SCRIPT
  cat >"$root/init" <<'SCRIPT'
#!/bin/sh
/bin/busybox --install -s /bin
export PATH=/bin:/sbin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts
mount -t devpts pts /dev/pts
for module in /modules/*; do insmod "$module" 2>/dev/null; done

# Disks appear a moment after their drivers.
tries=0
while [ "$tries" -lt 15 ] && ! ls /dev/vda /dev/sda >/dev/null 2>&1; do usleep 200000; tries=$((tries + 1)); done

# The volume label of an ISO 9660 image stands at byte 32808.
for disk in /dev/sr? /dev/vd? /dev/sd?; do
  [ -b "$disk" ] || continue
  case $(dd if="$disk" bs=1 skip=32808 count=6 2>/dev/null) in
    CIDATA | cidata) mount -t iso9660 -o ro "$disk" /seed && echo "guest: seed on $disk" ;;
  esac
done
if mount -t vfat /dev/vda /boot 2>/dev/null; then
  boots=$(($(cat /boot/boots 2>/dev/null || echo 0) + 1))
  echo "$boots" >/boot/boots
  sync
  echo "guest: boot number $boots"
fi

name=$(sed -n 's/^local-hostname: *//p' /seed/meta-data 2>/dev/null)
hostname "${name:-tiny}"
echo "guest: instance $(sed -n 's/^instance-id: *//p' /seed/meta-data 2>/dev/null)"
ip link set lo up
for card in /sys/class/net/*; do
  card=${card##*/}
  [ "$card" = lo ] && continue
  ip link set "$card" up
  udhcpc -b -t 20 -T 1 -i "$card" -s /usr/share/udhcpc/default.script -x "hostname:${name:-tiny}" >/dev/null 2>&1 &
done
for port in /sys/class/virtio-ports/*; do
  [ "$(cat "$port/name" 2>/dev/null)" = org.qemu.guest_agent.0 ] || continue
  qemu-ga -d -m virtio-serial -p "/dev/${port##*/}" -t /run -f /run/qemu-ga.pid && echo "guest: agent on ${port##*/}"
done
acpid -d >/dev/null 2>&1 &
case $(head -n 1 /seed/user-data 2>/dev/null) in '#!'*) sh /seed/user-data ;; esac
echo "guest: ready as $(hostname)"
while :; do setsid cttyhack sh; done
SCRIPT
  chmod +x "$root/init" "$root/usr/share/udhcpc/default.script" "$root/etc/acpi/PWRF/00000080"
}

# A FAT file system without a partition table, made bootable by syslinux: no loop device, no root needed.
write_disk() {
  local disk="$work/disk.raw" bytes
  (cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet | gzip -6) >"$work/initrd"
  cp "$(find "$work/unpacked" -name 'vmlinuz-*' | head -n 1)" "$work/vmlinuz"
  printf '%s\n' 'DEFAULT tiny' 'PROMPT 0' 'TIMEOUT 1' 'LABEL tiny' ' KERNEL vmlinuz' \
    ' APPEND initrd=initrd console=tty0 console=ttyS0 panic=5 quiet mitigations=off' >"$work/syslinux.cfg"
  bytes=$(($(stat -c %s "$work/initrd") + $(stat -c %s "$work/vmlinuz")))
  truncate -s "$((bytes / 1048576 + 8))M" "$disk"
  mkfs.vfat -n TINY "$disk" >/dev/null
  MTOOLS_SKIP_CHECK=1 mcopy -i "$disk" "$work/vmlinuz" "$work/initrd" "$work/syslinux.cfg" ::/
  syslinux --install "$disk"
  mkdir -p "$home"
  qemu-img convert -f raw -O qcow2 -c "$disk" "$home/.making-$$"
  mv "$home/.making-$$" "$image"
}

fetch_packages
say 'making the guest'
lay_out_root
add_modules
add_agent
write_scripts
write_disk
say "made $(stat -c %s "$image") bytes"
echo "$image"
