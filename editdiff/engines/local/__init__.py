"""The engine of local networks: its loop over canvases, drafts, caches, and what it takes up again."""
