import type { LiveEvent, Poll, PublishedPoll } from './events';

/** Polls of a session in order of making. */
export type Polls = readonly Poll[];

/** Ids are UUIDv7: their order is that of making. */
function inOrder(polls: Iterable<Poll>): Polls {
  return [...polls].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** An answer of the server takes the place of what was known. */
export function withPoll(polls: Polls, poll: Poll): Polls {
  return inOrder([...polls.filter((each) => each.id !== poll.id), poll]);
}

/** What a subscription begins with knows every open poll; closed ones and drafts stay. */
export function withOpenPolls(polls: Polls, open: Polls): Polls {
  return inOrder([...polls.filter((each) => each.status !== 'open' && open.every(({ id }) => id !== each.id)), ...open]);
}

export function withPollEvent(polls: Polls, event: LiveEvent): Polls {
  switch (event.type) {
    case 'poll.opened':
    case 'poll.closed':
      return withPublished(polls, event.data);
    case 'poll.results': {
      const { poll_id: id, total_voters, options } = event.data;
      const counts = new Map(options.map((option) => [option.id, option]));
      return polls.map((poll) =>
        // A count that was under way when the poll closed is older than the final one.
        poll.id === id && poll.status === 'open'
          ? { ...poll, total_voters, options: poll.options.map((option) => ({ ...option, ...counts.get(option.id) })) }
          : poll,
      );
    }
    default:
      return polls;
  }
}

/** A published poll knows nobody's vote, and counts only where all may see them: what is known stays. */
function withPublished(polls: Polls, published: PublishedPoll): Polls {
  const known = polls.find((poll) => poll.id === published.id);
  if (known?.status === 'closed') return polls;
  const isCounted = published.options.every((option) => option.votes !== null);
  return withPoll(polls, {
    ...published,
    my_votes: known?.my_votes ?? [],
    ...(known !== undefined && known.status === 'open' && !isCounted && { options: known.options, total_voters: known.total_voters }),
  });
}
