"""A look at pins and converter for a person who builds: no part of a session, and nothing the guard loads."""
