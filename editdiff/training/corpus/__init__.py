"""The corpus: packages from their archives, and what is left out of them."""
