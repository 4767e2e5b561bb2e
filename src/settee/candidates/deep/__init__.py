"""Train with torch what is served without it; nothing here is imported by a service."""
