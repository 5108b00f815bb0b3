"""Reports of a LiveKit server: a JWT over the body's SHA-256, then protobuf in JSON.

As a real server sends them: the bare JWT without `Bearer`, `iss` our API key, `exp` 300 s after `nbf`,
`sha256` the standard base64 of the digest of the raw body.
"""

import base64
import hashlib
import hmac

from google.protobuf.json_format import Parse, ParseError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.jwt import JWTClaimsRegistry
from livekit.protocol import models, webhook

from livehall.core.ports.media import Report, ReportForged, ReportUnreadable
from livehall.engines.media.ingress import ingest_of
from livehall.engines.media.outputs import output_of
from livehall.engines.media.rooms import presence_of, track_of

LEEWAY_S = 60  # between two clocks


class LiveKitReports:
    def __init__(self, key: str, secret: str) -> None:
        self._secret = OctKey.import_key(secret)
        self._claims = JWTClaimsRegistry(
            leeway=LEEWAY_S, iss={"essential": True, "value": key}, exp={"essential": True}
        )

    def read(self, body: bytes, authorization: str) -> Report:
        self._check(body, authorization)
        try:
            event = Parse(body, webhook.WebhookEvent(), ignore_unknown_fields=True)
        except (ParseError, UnicodeDecodeError) as error:
            raise ReportUnreadable from error
        if not event.id or not event.event:
            raise ReportUnreadable("A report has an `id` and an `event`.")
        has_participant = event.HasField("participant")
        return Report(
            id=event.id,
            event=event.event,
            at_s=event.created_at,
            room=event.room.name or event.egress_info.room_name or event.ingress_info.room_name,
            presence=presence_of(event.participant) if has_participant else None,
            name=event.participant.name,
            reason=models.DisconnectReason.Name(event.participant.disconnect_reason),
            track=track_of(event.track) if event.HasField("track") else None,
            output=output_of(event.egress_info) if event.HasField("egress_info") else None,
            ingest=ingest_of(event.ingress_info) if event.HasField("ingress_info") else None,
        )

    def _check(self, body: bytes, authorization: str) -> None:
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        try:
            token = jwt.decode(authorization.removeprefix("Bearer "), self._secret, algorithms=["HS256"])
            self._claims.validate(token.claims)
        except (JoseError, ValueError, TypeError) as error:
            raise ReportForged from error
        if not hmac.compare_digest(str(token.claims.get("sha256", "")).encode(), digest.encode()):
            raise ReportForged
