"""The guard: everything that may touch the ADC and the pins. No network, no PID."""
