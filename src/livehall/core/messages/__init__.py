"""Where what people say to each other in a session is kept: the chat, questions and their answers.

The slices above decide what may be written and by whom; here are the tables that they share, and the reading
that is the same for all kinds: who said what, as a stream.
"""
