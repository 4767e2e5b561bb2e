"""How good the answers are: one module per scenario."""
