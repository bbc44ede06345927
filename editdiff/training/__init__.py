"""Training: corpus, tasks, packed rows, the trainer."""
