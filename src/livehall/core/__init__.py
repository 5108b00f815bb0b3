"""What is true: one slice per feature. A slice imports only slices further down in this list.

exports        files of what sessions and rooms hold, made in the background
insight        figures and lists over many sessions
moderation     bans, and what follows from them
webhooks       what organizations' own software is told
chat, polls, questions, stage    what people do in a session
recordings     recordings, their files, HLS, streams to other platforms
reminders      mails about the sessions of rooms that people follow
messages       what chat and questions are kept in
invitees       who is asked to a session: speakers, guests, groups
registrations  who has registered: form, registrants, personal links
audience       who was there, when, and by which way: attendance, waiting room
sessions       live occasions, and who may do what in them
rooms          lasting places: libraries and rooms
participants   standing of people towards rooms and sessions, whether or not they come
presets        what each role may do, kept under a name
people         organizations, accounts, members, credentials
ports          what the core asks of the world; `engines` gives it
"""
