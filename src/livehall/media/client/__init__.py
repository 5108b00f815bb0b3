"""A light client of LiveKit's signalling: joins, does ICE and DTLS, counts what comes, decodes nothing.

`receiver.LightClient` watches; `publisher.LightPublisher` sends what it is given. Rehearsals and tests use
them where a whole SDK for each viewer would cost more than the server that is rehearsed.
"""
