"""What a model is told: the forms of a context, and where its tokens stand."""
