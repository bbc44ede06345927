"""A run: the trainer, its optimiser and checkpoints, and what is made of it: ablations, fine-tuning."""
