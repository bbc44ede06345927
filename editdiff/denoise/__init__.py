"""The denoising loop: numpy only, whatever network stands behind it."""
