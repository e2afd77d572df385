"""Configuration: settings models, absolute limits, and the loader. Read by both processes."""
