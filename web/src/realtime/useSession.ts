import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useState } from 'react';
import { api } from '../api/client';
import { open } from '../api/envelope';
import type { Identity } from '../api/identity';
import { keys } from '../api/queries';
import type { components } from '../api/schema';
import { type Burst, withApplause } from './applause';
import { type ChatLog, merge, withChatEvent } from './chat';
import type { ChatMessage, LiveEvent, Snapshot } from './events';
import type { HubState } from './hub';
import { type Polls, withOpenPolls, withPollEvent } from './polls';
import type * as questionReducers from './questions';
import type { Questions } from './questions';
import type * as stageReducers from './stage';
import type { Stage, StaffSnapshot } from './stage';
import { leavesGap, type SessionSnapshot, type SessionView, withEvent, withSession, withSnapshot } from './session';

type StageReducers = typeof stageReducers;
type QuestionReducers = typeof questionReducers;
type Access = components['schemas']['RealtimeAccess'];

const SAFETY_NET = 30_000; // ms; the hub is faster, this only heals what it missed

/** The cached view of a session: read once, then kept true by events. */
export const sessionView = (id: string, identity: Identity) =>
  queryOptions({
    queryKey: keys.view(id),
    queryFn: async ({ client }) => {
      const session = await open(api(identity).GET('/sessions/{id}', { params: { path: { id } } }));
      return withSession(client.getQueryData<SessionView>(keys.view(id)), session);
    },
    refetchInterval: SAFETY_NET,
  });

interface Options {
  sessionId: string;
  identity: Identity;
  /** From `join`; null until then. */
  access: Access | null;
  /** A fresh token for a later connection. */
  renew: () => Promise<string>;
  /** What the person alone is told about this session. */
  onOwn?: (event: LiveEvent) => void;
}

/** Keeps the cached session view and chat of one session true while mounted; answers the link's state. */
export function useSessionChannels({ sessionId, identity, access, renew, onOwn }: Options): HubState {
  const cache = useQueryClient();
  const [state, setState] = useState<HubState>('connecting');
  const renewed = useEffectEvent(renew);

  const readSession = useEffectEvent(() => {
    void cache.invalidateQueries({ queryKey: keys.view(sessionId) });
  });

  /** Its reducers come after the page is drawn; what was told until then is told in order. */
  const tellStage = useEffectEvent((change: (reducers: StageReducers, stage: Stage | undefined) => Stage) => {
    void import('./stage').then((reducers) => cache.setQueryData<Stage>(keys.stage(sessionId), (stage) => change(reducers, stage)));
  });

  const tellQuestions = useEffectEvent((change: (reducers: QuestionReducers, questions: Questions) => Questions) => {
    void import('./questions').then((reducers) =>
      cache.setQueryData<Questions>(keys.questions(sessionId), (questions) => change(reducers, questions ?? [])),
    );
  });

  const onSessionEvent = useEffectEvent((event: LiveEvent) => {
    if (/^(waiting|participant)\./.test(event.type)) void cache.invalidateQueries({ queryKey: keys.people(sessionId) });
    if (event.type === 'egress.state') void cache.invalidateQueries({ queryKey: keys.outputs(sessionId) });
    if (event.type === 'session.settings') cache.setQueryData(keys.permissions(sessionId), event.data.permissions);
    const view = cache.getQueryData<SessionView>(keys.view(sessionId));
    if (view === undefined) return;
    if (leavesGap(view, event)) readSession();
    cache.setQueryData(keys.view(sessionId), withEvent(view, event));
    cache.setQueryData<Polls>(keys.polls(sessionId), (polls) => withPollEvent(polls ?? [], event));
    tellStage((reducers, stage) => reducers.withStageEvent(stage, event));
    if (event.type.startsWith('question.')) tellQuestions((reducers, questions) => reducers.withQuestionEvent(questions, event));
  });

  const onOwnEvent = useEffectEvent((event: LiveEvent) => {
    if (event.session_id !== sessionId) return;
    tellStage((reducers, stage) => reducers.withOwnEvent(stage, event));
    if (event.type.startsWith('question.')) tellQuestions((reducers, questions) => reducers.withQuestionEvent(questions, event));
    onOwn?.(event);
  });

  const addToChat = useEffectEvent((messages: readonly ChatMessage[]) => {
    cache.setQueryData<ChatLog>(keys.chat(sessionId), (log) => merge(log ?? [], messages));
  });

  const readChat = useEffectEvent(async () => {
    let after = (cache.getQueryData<ChatLog>(keys.chat(sessionId)) ?? []).at(-1)?.id;
    for (let more = true; more; ) {
      const page = await open(
        api(identity).GET('/sessions/{id}/chat', {
          params: { path: { id: sessionId }, query: after === undefined ? {} : { after } },
        }),
      );
      addToChat(page.messages);
      more = after !== undefined && page.has_more && page.messages.length > 0;
      after = page.messages.at(-1)?.id ?? after;
    }
  });

  const url = access?.url;
  const firstToken = access?.token;
  const channelList = access?.channels.join(' ') ?? '';

  useEffect(() => {
    if (url === undefined || firstToken === undefined) return undefined;
    const allowed = new Set(channelList.split(' '));
    const sessionChannel = `session:${sessionId}`;
    const chatChannel = `chat:${sessionId}`;
    const channels = {
      [sessionChannel]: {
        onSnapshot: (data: unknown) => {
          const begin = data as Snapshot<SessionSnapshot>;
          cache.setQueryData<SessionView>(keys.view(sessionId), (view) => withSnapshot(view, begin));
          cache.setQueryData<Polls>(keys.polls(sessionId), (polls) => withOpenPolls(polls ?? [], begin.snapshot.polls ?? []));
          tellStage((reducers, stage) => reducers.withStageSnapshot(stage, begin.snapshot));
          tellQuestions((reducers, questions) => reducers.withTop(questions, begin.snapshot.questions ?? []));
          void cache.invalidateQueries({ queryKey: keys.allQuestions(sessionId) });
        },
        onEvent: onSessionEvent,
        onGap: () => readSession(),
      },
      // Where the audience is not told how many are there, the team still is.
      [`staff:${sessionId}`]: {
        onSnapshot: (data: unknown) => {
          const { snapshot } = data as Snapshot<StaffSnapshot>;
          tellStage((reducers, stage) => reducers.withStaffSnapshot(stage, snapshot));
          tellQuestions((reducers, questions) => reducers.withPending(questions, snapshot.questions ?? []));
        },
        onEvent: onSessionEvent,
      },
      [chatChannel]: {
        onSnapshot: (data: unknown) => {
          const { snapshot } = data as Snapshot<{ messages?: ChatMessage[] }>;
          if (snapshot.messages === undefined) void readChat();
          else addToChat(snapshot.messages);
        },
        onEvent: (event: LiveEvent) => {
          if (event.type === 'chat.reaction') {
            cache.setQueryData<readonly Burst[]>(keys.applause(sessionId), (bursts) => withApplause(bursts ?? [], event, performance.now()));
            return;
          }
          cache.setQueryData<ChatLog>(keys.chat(sessionId), (log) => withChatEvent(log ?? [], event));
        },
        onGap: () => void readChat(),
      },
    };
    let stop: (() => void) | undefined;
    let gone = false;
    // The protocol's library comes after the page is drawn.
    void import('./hub').then(({ listen }) => {
      if (gone) return;
      stop = listen({
        url,
        token: { first: firstToken, renew: () => renewed() },
        channels: Object.fromEntries(Object.entries(channels).filter(([name]) => allowed.has(name))),
        onState: setState,
        onOwnEvent: (event) => onOwnEvent(event),
      });
    });
    return () => {
      gone = true;
      stop?.();
    };
    // A fresh token alone is no reason to connect anew: `renew` brings it when it is needed.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [url, channelList, sessionId, cache, firstToken === undefined]);

  return state;
}
