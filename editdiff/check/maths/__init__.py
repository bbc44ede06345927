"""Equations in prose: found, parsed by a grammar of ours, checked exactly; never evaluated as code."""
