"""The one exception for everything a user can get wrong."""

from collections.abc import Iterable


class InputError(Exception):
    """Wrong input; exit code 2.

    All that is wrong is collected first and raised at once, so that one look at the screen is
    enough to mend it.

    Attributes:
        messages: One text for each thing that is wrong: where, what, and what is allowed.
        headline: What was being read, or an empty string.
    """

    def __init__(self, messages: str | Iterable[str], headline: str = "") -> None:
        """Take one message or several."""
        self.messages: list[str] = [messages] if isinstance(messages, str) else list(messages)
        self.headline = headline
        super().__init__(self.messages, headline)

    def __str__(self) -> str:
        """Return the headline and every message, one a line."""
        if not self.headline and len(self.messages) == 1:
            return self.messages[0]
        lines = [self.headline] if self.headline else []
        return "\n".join(lines + [f"- {message}" for message in self.messages])


class Note(UserWarning):
    """Something that a user should know and need not act on; the command prints it as a line."""
