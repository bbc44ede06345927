"""The CI bot: what changed and what failed, and small fixes that were checked before anyone sees them."""
