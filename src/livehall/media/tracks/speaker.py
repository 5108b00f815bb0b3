"""Who is shown to those who see one picture at a time."""


class Speaker:
    """Whom to hear and see: who speaks, but no faster than people can follow."""

    HOLD_S = 2.0  # whoever speaks keeps the picture so long
    QUIET_S = 1.0  # after so long without a loud sound another one may take it
    PAUSE_S = 5.0  # and after so long nobody speaks

    def __init__(self) -> None:
        self.identity = ""
        self._since = self._heard_at = float("-inf")

    def heard(self, levels: dict[str, float], now: float) -> None:
        """`levels` of those who speak now, by identity."""
        if self.identity in levels:
            self._heard_at = now
            return
        if not levels or now - self._since < self.HOLD_S or now - self._heard_at < self.QUIET_S:
            return
        self.identity = max(levels, key=lambda identity: levels[identity])
        self._since = self._heard_at = now

    def is_speaking(self, now: float) -> bool:
        return now - self._heard_at < self.PAUSE_S
