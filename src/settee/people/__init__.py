"""Find the persons inside a shared account, and tell who is on the screen."""
