"""Letters, as lists are searched by them."""

WORDS = 5  # of a search; further ones are left out


def lower(text: str) -> str:
    """Lower case letter by letter, of the same length, as PostgreSQL's `lower` and `ILIKE` have it.

    `str.lower` knows two cases that are more than a letter: a Σ that ends a word becomes ς, so a word would
    not be found within a longer one, and İ becomes i with a combining dot, which nobody types.
    """
    return text.replace("Σ", "σ").replace("İ", "i").lower()


def pattern(word: str) -> str:
    """What `LIKE` finds a word by, wherever in a text it stands. The escape is a backslash."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
