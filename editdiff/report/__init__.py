"""What leaves an operation: SARIF, JSON, patches, saved files; and the files it is asked about."""
