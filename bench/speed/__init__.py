"""How fast and how small: one module per scenario."""
