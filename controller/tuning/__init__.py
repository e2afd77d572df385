"""What a pad is like, found on the pad: a small trial with little heat, and what it shows."""

import os

# Before numpy is loaded: its threads cost more than they help with matrices of ten rows.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
