"""The one exception for everything a user can get wrong."""

from collections.abc import Iterable

from sim.text import printable, shorten

MOST_SHOWN = 30
"""Messages printed of one error; mistakes beyond that are mostly one mistake made again."""
INTERRUPTED = 130
"""Exit code: stopped by Ctrl-C, by the shells' convention (128 + signal 2)."""


class InputError(Exception):
    """Wrong input; exit code 2.

    All errors are collected first and raised at once, so that one look at the screen is enough to
    correct them.

    Attributes:
        messages: One text per error: place, problem and allowed values. No control characters,
            and no longer than a screen.
        headline: The text that was read, or an empty string.
    """

    def __init__(self, messages: str | Iterable[str], headline: str = "") -> None:
        """Take one message or several."""
        given = [messages] if isinstance(messages, str) else messages
        self.messages: list[str] = [shorten(printable(message)) for message in given]
        self.headline = shorten(printable(headline))
        super().__init__(self.messages, headline)

    def __str__(self) -> str:
        """Return the headline and the messages, one a line."""
        if not self.headline and len(self.messages) == 1:
            return self.messages[0]
        lines = [self.headline] if self.headline else []
        lines += [f"- {message}" for message in self.messages[:MOST_SHOWN]]
        if len(self.messages) > MOST_SHOWN:
            lines.append(f"- and {len(self.messages) - MOST_SHOWN} more")
        return "\n".join(lines)
