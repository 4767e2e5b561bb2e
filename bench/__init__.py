"""Scenarios that print every figure the documents quote: ``python -m bench list``."""
