"""Second judges: what a language's own parser says of a text, before a grammar's word counts."""
