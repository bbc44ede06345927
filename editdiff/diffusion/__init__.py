"""Diffusion: what is corrupted, and what is asked back."""
