"""The canvas adapter of a pretrained trunk: masked block diffusion whose context is the trunk's own cache."""
