"""What several commands share: flags, how files and regions are named, what is drawn, how errors are told."""
