"""The MeltingSpot-compatible API: `contracts/meltingspot.yaml`, M1–M41 of `contracts/behaviour.md`.

`api` the dialect itself · `sign_in` who calls · `richtext` Markdown as a tree · one folder a feature.
A Spot is an organization, a live is a session, its room is made on the way, a channel is a library.
"""
