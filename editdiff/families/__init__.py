"""Model families: one folder each, all behind the protocols of `families.base`."""
