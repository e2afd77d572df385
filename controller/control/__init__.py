"""The control law: from a temperature to a wanted duty."""
