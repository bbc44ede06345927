"""Benchmarks: gaps whose answer is known, filled by a model and by floors, under one protocol."""
