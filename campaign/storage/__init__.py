"""The disk of the safety log: cut off, killed, garbled, full. What was promised, and what is left."""
