"""A dress rehearsal: robots that host, watch and chat, by the same doors as people.

`door` the primary API as a client · `host` a picture and a tone · `watching` what one viewer saw ·
`viewers` full SDK clients that decode · `light` receivers that count · `talk` the chat's live side ·
`play` the rehearsal · `verdict` what was wrong.
"""
