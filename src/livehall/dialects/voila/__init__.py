"""The Voilà-compatible partner API: `contracts/voila.yaml`, statements V1–V37 of `contracts/behaviour.md`.

`api` the dialect itself · `ids` 27 characters that sort by time · `sign_in` who calls · one folder a feature.
A tenant is an organization, a program is a room, an attendee is a participant.
"""
