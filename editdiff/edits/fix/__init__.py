"""Fix: problems found, regions around them, drafts that compete, and the standards they have to meet."""
