"""Runs a user's test command in a copy of their tree: what is tried there never touches what they have."""
