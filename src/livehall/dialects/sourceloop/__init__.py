"""The Sourceloop-compatible API: `contracts/sourceloop.yaml`, statements L1–L44 of `contracts/behaviour.md`.

`api` the dialect itself · `sign_in` tokens that a customer's server signs · `errors` the envelope of what
goes wrong · `texts` answers that are no JSON · `values` instants as this API takes them · one folder a
feature.

A meeting is a room of kind `meeting` with one session; its link is the room's slug, its `sessionId` the
session's id, which is the name of the media room. An archive is a recording. The provider is this hall's
media server: it behaves as the Vonage-shaped one, and nothing here does as the Twilio-shaped one would.
"""
