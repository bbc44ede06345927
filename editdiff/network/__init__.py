"""The canvas transformer: shape, network, weights."""
