"""Filling from left to right in view of both sides, several drafts at once."""
