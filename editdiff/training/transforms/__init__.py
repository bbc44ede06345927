"""Exact program transformations: pairs of texts, before and after, for rows with an instruction.

`source` reads a file once, one module for each family of transformations finds sites in it, `kinds` lists them
all with the instructions they go with, `change` picks the sites that are kept of a file.
"""
