"""settee: self-hosted personalisation for streaming services and shops with shared accounts."""

__version__ = "0.1.0"
