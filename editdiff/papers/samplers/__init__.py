"""The papers' samplers, each a policy of the one loop (`editdiff.denoise.loop`).

A sampler is which places commit and which are reopened at each step (a policy), how a token is drawn
(temperature, nucleus; float64 noise) and what the network is asked. `table.make_sampler` makes one by its name,
`sampling.sampled` runs it on a canvas, `blocks` and `strides` run it to any length.
"""
