"""The subcommands of ``heatpack``, by what they are about. Each imports what it runs when it runs."""
