"""Measurements. Each module prints a table; ``--json F`` writes its figures as one flat object."""
