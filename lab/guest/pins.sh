#!/bin/sh
# Makes gpiochip0 with as many lines as a Raspberry Pi has, all inputs, pulled down; lines 2 to 8 pulled up as
# there. Then lets the kernel record every edge of every line, and the ends of processes.
set -eu

modprobe configfs
modprobe gpio-sim
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
bank=/sys/kernel/config/gpio-sim/pi/bank0
mkdir -p "$bank"
echo 28 >"$bank/num_lines"
echo pinctrl-bcm2835 >"$bank/label" # a chip of the header, to whoever asks
echo 1 >/sys/kernel/config/gpio-sim/pi/live
for line in 2 3 4 5 6 7 8; do
    echo pull-up >"$(echo /sys/devices/platform/gpio-sim.0/gpiochip*/sim_gpio$line/pull)"
done
chgrp gpio /dev/gpiochip0
chmod 0660 /dev/gpiochip0

trace=/sys/kernel/tracing
mountpoint -q $trace || mount -t tracefs none $trace
echo mono >$trace/trace_clock
echo 4096 >$trace/buffer_size_kb
# A line that is given up has no event of its own.
echo 'p:lab/line_freed gpio_sim_free line=%si:u32' >>$trace/kprobe_events
for event in gpio/gpio_value gpio/gpio_direction lab/line_freed sched/sched_process_exit oom/mark_victim; do
    echo 1 >$trace/events/$event/enable
done
