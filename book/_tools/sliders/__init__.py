"""Figures with sliders in the published page: drawn once in every state, moved without a kernel."""
