"""Where vectors are trained: stretches of text, the kernels, and the epochs."""
