"""Engines: what fills gaps."""
