"""Independent ways to the same gradients, and the problems they are compared on."""
