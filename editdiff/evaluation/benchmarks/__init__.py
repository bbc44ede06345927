"""The benchmarks, one a file, with what only some of them need."""
