"""The papers' objectives side by side."""
