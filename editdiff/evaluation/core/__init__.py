"""What all benchmarks share: gaps and how they are filled, floors, figures, reports, the sandbox."""
