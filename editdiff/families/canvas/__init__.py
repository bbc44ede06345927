"""The family of nano: a transformer with a causal context and a canvas that sees both sides."""
