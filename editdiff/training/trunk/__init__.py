"""A pretrained trunk that is not trained: what it sees of a text, and where gaps end in it."""
