"""Realtime as the Live API speaks it (`contracts/realtime.md`).

`publishing` journal row → publications, a pure function, so that recovery can replay it · `gate` who
may connect and listen, and the snapshot they begin with · `routes` the same answers for a Centrifugo
beside us · `wire` shapes of both.
"""
