"""What can go wrong with ingresses."""


class IngressFault(Exception):
    """A call that is refused; `code` is one of Twirp's."""

    def __init__(self, code: str, msg: str) -> None:
        super().__init__(msg)
        self.code = code
        self.msg = msg


class KeyRefused(Exception):
    """No ingress takes this stream key, here and now."""


class TooManyTries(Exception):
    """This address has given so many wrong keys that no further one is looked at for a while."""
