"""Figures about ayne, measured by one command: ``python -m benchmarks.figures``."""
