"""Text as tokens: tokenizer, the prompt's layout, the canvas."""
