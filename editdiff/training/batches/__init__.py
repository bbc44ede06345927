"""Recipes, packed rows, the batches of a run with their noise, and what they cost a network."""
