"""The modelled pad, as a gpiozero pin factory below the real drivers."""
