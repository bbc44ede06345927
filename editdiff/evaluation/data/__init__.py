"""What is measured on: files and packages, records of public benchmarks, and faults put into what was right."""
