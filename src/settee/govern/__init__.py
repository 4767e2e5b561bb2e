"""Say who may use the doors: API keys."""

from settee.govern.keys import BadKey, Keys, NewKey

__all__ = ["BadKey", "Keys", "NewKey"]
