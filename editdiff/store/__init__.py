"""Weights that others have trained, fetched once into the user's cache: checked, packed, put in place whole."""
