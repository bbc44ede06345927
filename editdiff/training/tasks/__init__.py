"""The tasks of the training mixture, one kind a file: each makes examples of files, and these become rows."""
