"""Times: steps, contexts, starts, and the same text by another program."""
