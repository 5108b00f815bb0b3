"""The invariants of the domain as questions to the database: each finds what breaks it, and so finds nothing.

Asked in one round; what holds at every moment, whatever runs, is here. I15 is asked with the limit that the
machine gives to all its sessions and never changes.
"""

from tests.concurrency.pairs import Two

SEATS = 2  # on every stage of the machine

OPEN = "status IN ('backstage', 'live') AND deleted_at IS NULL"
OVER = "SELECT id FROM session WHERE status = 'ended'"

BROKEN = {
    "I1: one open session a room": f"""
        SELECT room_id FROM session WHERE {OPEN} GROUP BY room_id HAVING count(*) > 1""",
    "I1: the room knows its open session": f"""
        SELECT room.id FROM room LEFT JOIN (SELECT id, room_id FROM session WHERE {OPEN}) AS one
        ON one.room_id = room.id WHERE room.active_session_id IS DISTINCT FROM one.id""",
    "I3: one default preset an owner": """
        SELECT owner_id FROM preset WHERE is_default AND deleted_at IS NULL
        GROUP BY owner_id, library_id HAVING count(*) > 1""",
    "I3: one default library an organization": """
        SELECT organization_id FROM library WHERE is_default AND deleted_at IS NULL
        GROUP BY organization_id HAVING count(*) > 1""",
    "I4: one recording a session": """
        SELECT session_id FROM recording WHERE status IN ('starting', 'recording') AND deleted_at IS NULL
        GROUP BY session_id HAVING count(*) > 1""",
    "I4: one HLS output a session": """
        SELECT session_id FROM egress WHERE kind = 'hls' AND status IN ('starting', 'active', 'ending')
        GROUP BY session_id HAVING count(*) > 1""",
    "I5: one pending request a person and kind": """
        SELECT session_id FROM stage_request WHERE status = 'pending'
        GROUP BY session_id, account_id, kind HAVING count(*) > 1""",
    "I5: one seat a person": """
        SELECT session_id FROM stage_member WHERE left_at IS NULL
        GROUP BY session_id, account_id HAVING count(*) > 1""",
    "I6: one participant a person and scope": """
        SELECT account_id FROM participant WHERE account_id IS NOT NULL AND deleted_at IS NULL
        GROUP BY scope_id, account_id HAVING count(*) > 1""",
    "I7: one vote a person, where a poll takes one": """
        SELECT poll_id FROM poll_vote JOIN poll ON poll.id = poll_id AND NOT allow_multiple
        GROUP BY poll_id, voter_key HAVING count(*) > 1""",
    "I7: what was counted is what was cast": """
        SELECT poll.id FROM poll LEFT JOIN poll_vote ON poll_id = poll.id WHERE status = 'closed'
        GROUP BY poll.id, voters HAVING voters IS DISTINCT FROM count(DISTINCT voter_key)""",
    "I8: one ban a person": """
        SELECT session_id FROM ban WHERE lifted_at IS NULL
        GROUP BY session_id, account_id HAVING count(*) > 1""",
    "I8: nobody is there who is banned": """
        SELECT attendance.id FROM attendance JOIN ban USING (session_id, account_id)
        WHERE lifted_at IS NULL AND state IN ('present', 'waiting')""",
    "I9: one message for an id of a client": """
        SELECT session_id FROM message WHERE client_id IS NOT NULL
        GROUP BY session_id, account_id, client_id HAVING count(*) > 1""",
    "I15: no more seats than the stage has": f"""
        SELECT stage_member.session_id FROM stage_member
        JOIN session ON session.id = session_id JOIN room ON room.id = session.room_id
        WHERE left_at IS NULL AND account_id <> host_id
        GROUP BY stage_member.session_id HAVING count(*) > {SEATS}""",
    "I16: nobody bans the host": """
        SELECT ban.id FROM ban JOIN session ON session.id = session_id JOIN room ON room.id = session.room_id
        WHERE ban.account_id = host_id""",
    "I16: only the host makes co-hosts": """
        SELECT journal.id FROM journal JOIN room ON room.id = journal.room_id
        WHERE type = 'participant.role' AND actor_id IS DISTINCT FROM host_id
        AND 'co_host' IN (data ->> 'role', data ->> 'previous_role')""",
    "I17: nobody is in a session that is over": f"""
        SELECT id FROM attendance
        WHERE state IN ('expected', 'present', 'waiting') AND session_id IN ({OVER})""",
    "I17: no seat": f"SELECT id FROM stage_member WHERE left_at IS NULL AND session_id IN ({OVER})",
    "I17: no request": f"SELECT id FROM stage_request WHERE status = 'pending' AND session_id IN ({OVER})",
    "I17: no poll": f"SELECT id FROM poll WHERE status = 'open' AND session_id IN ({OVER})",
    "V23: no more registrants than the form takes": """
        SELECT room.id FROM room JOIN participant ON participant.scope_id = room.id
        WHERE participant.registration IN ('pending', 'approved') AND participant.deleted_at IS NULL
        AND room.registration ->> 'capacity' IS NOT NULL
        GROUP BY room.id HAVING count(*) > (room.registration ->> 'capacity')::int""",
    "one place for files an organization": """
        SELECT organization_id FROM storage_target WHERE retired_at IS NULL
        GROUP BY organization_id HAVING count(*) > 1""",
    "nothing stands in a library that is gone": """
        SELECT library.id FROM library JOIN room ON room.library_id = library.id
        WHERE library.deleted_at IS NOT NULL AND room.deleted_at IS NULL UNION ALL
        SELECT library.id FROM library JOIN preset ON preset.library_id = library.id
        WHERE library.deleted_at IS NOT NULL AND preset.deleted_at IS NULL""",
    "no session stays without its room": """
        SELECT session.id FROM session JOIN room ON room.id = session.room_id
        WHERE room.deleted_at IS NOT NULL AND session.deleted_at IS NULL""",
    "no group that is gone opens something, or has members": """
        SELECT "group".id FROM "group" JOIN group_link ON group_id = "group".id
        WHERE deleted_at IS NOT NULL UNION ALL
        SELECT "group".id FROM "group" JOIN group_member ON group_id = "group".id
        WHERE deleted_at IS NOT NULL""",
    "C23: a revision is told once": """
        SELECT session_id FROM journal WHERE data ? 'revision' AND type IN
            ('session.live', 'session.ended', 'stage.joined', 'stage.left', 'poll.opened', 'poll.closed')
        GROUP BY session_id, data -> 'revision' HAVING count(*) > 1""",
}


async def broken(two: Two) -> list[str]:
    """The names of those that do not hold now."""
    question = " UNION ALL ".join(
        f"SELECT * FROM (SELECT '{name}' AS name FROM ({sql}) AS found LIMIT 1) AS one"
        for name, sql in BROKEN.items()
    )
    return [str(row["name"]) for row in await two.rows(question)]
