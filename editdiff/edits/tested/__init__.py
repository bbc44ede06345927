"""Edits that a user's own tests prove: where the fault may stand, what may be meant, and which of it passes."""
