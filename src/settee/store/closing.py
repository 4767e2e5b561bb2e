"""Let what is open be used in a ``with``: it closes at the end, whatever happened inside.

Reads / Writes: nothing.
"""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Closing(ABC):
    """Something that is open until it is closed."""

    @abstractmethod
    def close(self) -> None:
        """Let everything go; closing twice is harmless."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
