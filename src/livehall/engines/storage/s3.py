"""Amazon S3 and what speaks its language: MinIO, Ceph, Garage, versitygw.

Requests go by `obstore`. Addresses for clients are signed here, since they carry the file's name and
`obstore` signs no such parameters: Signature Version 4 in the query, as in the Amazon S3 API Reference,
"Authenticating Requests: Using Query Parameters".
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

import msgspec
from obstore.store import S3Store

from livehall.engines.storage.objects import ObjectStorage

SCHEME = "AWS4-HMAC-SHA256"
LONGEST = timedelta(days=7)  # that Signature Version 4 allows
PATIENCE = timedelta(seconds=10)  # before a store counts as away; what can wait is tried again later
REQUEST = timedelta(seconds=120)  # one stretch or part, on a slow line


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """Where objects lie. Its `repr` shows no secret."""

    name: str
    endpoint: str  # http(s)://host[:port]; empty for Amazon's own
    region: str
    access_key: str
    secret_key: str
    prefix: str = ""  # before every key, without slashes at its ends

    def __repr__(self) -> str:
        return f"Bucket({self.name!r} at {self.origin!r})"

    @property
    def origin(self) -> str:
        """Scheme and host that requests go to. Amazon's has the bucket in the host, others in the path."""
        if self.endpoint:
            return self.endpoint.rstrip("/")
        return f"https://{self.name}.s3.{self.region}.amazonaws.com"

    def path(self, key: str) -> str:
        """Percent-encoded, as the signature takes it."""
        whole = f"{self.prefix}/{key}" if self.prefix else key
        return "/" + quote(f"{self.name}/{whole}" if self.endpoint else whole, safe="/-_.~")


class S3Storage(ObjectStorage):
    def __init__(self, bucket: Bucket, *, redirects: bool, clock: Callable[[], datetime]) -> None:
        """`redirects`: whether clients reach the store themselves."""
        super().__init__(_store(bucket))
        self._bucket, self._redirects, self._clock = bucket, redirects, clock

    def address(self, key: str, name: str, content_type: str, until: datetime) -> str | None:
        if not self._redirects:
            return None
        headers = {"response-content-disposition": name, "response-content-type": content_type}
        return signed(self._bucket, key, headers, self._clock(), until)


def signed(bucket: Bucket, key: str, query: dict[str, str], now: datetime, until: datetime) -> str:
    """An address that gives one object by GET until the last whole second before `until`."""
    begin = now.astimezone(UTC).replace(microsecond=0)  # S3 dates a signature by whole seconds
    at = begin.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{at[:8]}/{bucket.region}/s3/aws4_request"
    seconds = int(min(max(until - begin, timedelta(seconds=1)), LONGEST).total_seconds())
    parameters = {
        **query,
        "X-Amz-Algorithm": SCHEME,
        "X-Amz-Credential": f"{bucket.access_key}/{scope}",
        "X-Amz-Date": at,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": "host",
    }
    path = bucket.path(key)
    text = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in sorted(parameters.items()))
    host = urlsplit(bucket.origin).netloc
    request = f"GET\n{path}\n{text}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"
    to_sign = f"{SCHEME}\n{at}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(_key(bucket, scope), to_sign.encode(), "sha256").hex()
    return f"{bucket.origin}{path}?{text}&X-Amz-Signature={signature}"


def _key(bucket: Bucket, scope: str) -> bytes:
    key = f"AWS4{bucket.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")


def _store(bucket: Bucket) -> S3Store:
    return S3Store(
        bucket.name,
        prefix=bucket.prefix or None,
        region=bucket.region,
        access_key_id=bucket.access_key,
        secret_access_key=bucket.secret_key,
        virtual_hosted_style_request=not bucket.endpoint,
        config={"endpoint": bucket.endpoint} if bucket.endpoint else {},
        client_options={
            "allow_http": bucket.endpoint.startswith("http:"),
            "timeout": REQUEST,
            "connect_timeout": PATIENCE / 2,
        },
        retry_config={"max_retries": 2, "retry_timeout": PATIENCE},
    )
