"""The language server measured from outside, as an editor would use it."""
