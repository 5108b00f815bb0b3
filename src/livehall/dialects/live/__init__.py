"""The Live API: our primary dialect, `contracts/live.yaml` with `contracts/live-clarified.md`.

`api` the dialect itself · `sign_in` who calls · one folder a feature, with `routes` and `wire` ·
`realtime` channels, events as clients see them, and who may listen.
"""
