"""Builds the virtual machine: kernel module, root file system, disk, and a snapshot in mid-session."""
