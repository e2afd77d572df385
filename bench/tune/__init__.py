"""Measures the trial of ``heatpack tune`` and what is concluded from it."""
