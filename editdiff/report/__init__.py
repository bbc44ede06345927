"""What leaves an operation: SARIF, JSON, patches, saved files; what it is asked about, and what others report."""
