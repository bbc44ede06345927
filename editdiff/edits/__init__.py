"""The product: operations on a document that end in a `Proposal` or in a `NoEdit`."""
