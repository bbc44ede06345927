"""Texts, spans, edits and diffs; standard library only."""
