"""What a run is told as: one format a file, each a function of what is proposed, and nothing else, to a text."""
