"""The laboratory: the papers' noise, objectives and samplers, and networks trained with them."""
