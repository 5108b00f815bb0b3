import { ActionIcon, Button, Text as Words, Textarea, UnstyledButton } from '@mantine/core';
import { IconSend2 } from '@tabler/icons-react';
import { type FormEvent, type KeyboardEvent, lazy, type ReactNode, Suspense, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useIntl } from 'react-intl';
import type { Identity } from '../api/identity';
import { Text, useText } from '../i18n/text';
import type { ChatLog } from '../realtime/chat';
import type { ChatMessage } from '../realtime/events';
import type { Outbox, Pending } from '../realtime/outbox';
import classes from './Chat.module.css';

const FileButton = lazy(() => import('./FileButton'));

export interface ChatProps {
  log: ChatLog;
  outbox: Outbox;
  /** The reader's own account id. */
  me: string | null;
  /** Why writing is not possible, or null. */
  closed: 'chat.off' | 'chat.notYet' | 'chat.over' | null;
  /** The button that attaches a file, where the writer may. */
  attach?: ReactNode;
  /** As whom files are opened. */
  identity?: Identity;
  /** What the reader can do about a message. */
  tools?: (message: ChatMessage) => ReactNode;
}

export function Chat({ log, outbox, me, closed, attach, identity, tools }: ChatProps) {
  const pending = useSyncExternalStore(outbox.subscribe, outbox.list);
  const known = new Set(log.map((message) => message.client_id));
  const waiting = pending.filter((item) => !known.has(item.clientId));
  const { list, atEnd, toEnd, onScroll } = useNewestInView(log.length + waiting.length);
  const say = useText();
  const pinned = log.filter((message) => message.pinned_at != null && !message.is_deleted).at(-1);
  return (
    <section className={classes.chat} aria-label={say('chat.title')} id="chat" tabIndex={-1}>
      {pinned !== undefined && (
        <p className={classes.pinned} data-testid="pinned-message">
          <strong>{pinned.username}</strong> {pinned.message === '' ? pinned.attachment?.name : pinned.message}
        </p>
      )}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by the keyboard */}
      <div className={classes.scroll} ref={list} onScroll={onScroll} role="log" aria-live="polite" aria-label={say('chat.messages')} data-testid="chat-log" tabIndex={0}>
        {log.length === 0 && waiting.length === 0 && (
          <Words c="dimmed" size="sm" ta="center" className={classes.empty}>
            <Text id={closed ?? 'chat.empty'} />
          </Words>
        )}
        {log.map((message, index) => (
          <Message key={message.id} message={message} own={message.user_id === me && me !== null} follows={follows(log[index - 1], message)} identity={identity} tools={message.is_deleted ? null : tools?.(message)} />
        ))}
        {waiting.map((item) => (
          <PendingMessage key={item.clientId} item={item} outbox={outbox} />
        ))}
      </div>
      {!atEnd && (
        <Button size="compact-sm" className={classes.toEnd} onClick={toEnd}>
          <Text id="chat.toEnd" />
        </Button>
      )}
      <Writer outbox={outbox} closed={closed} attach={attach} />
    </section>
  );
}

const TOGETHER = 120_000; // ms between messages of one writer that share a head

function follows(before: ChatMessage | undefined, message: ChatMessage): boolean {
  if (before === undefined || before.user_id !== message.user_id || before.username !== message.username) return false;
  return Date.parse(message.created_at) - Date.parse(before.created_at) < TOGETHER;
}

interface MessageProps {
  message: ChatMessage;
  own: boolean;
  follows: boolean;
  identity: Identity | undefined;
  tools: ReactNode;
}

function Message({ message, own, follows: isFollowing, identity, tools }: MessageProps) {
  const intl = useIntl();
  const isStaff = message.role !== 'viewer' && message.role !== 'speaker';
  return (
    <article className={classes.message} data-testid="chat-message" data-follows={isFollowing || undefined}>
      {!isFollowing && (
        <header className={classes.head}>
          <span className={classes.author}>{message.username}</span>
          {isStaff && (
            <span className={classes.role}>
              <Text id="role.staff" values={{ role: message.role }} />
            </span>
          )}
          {own && (
            <span className={classes.time}>
              <Text id="chat.you" />
            </span>
          )}
          <time className={classes.time} dateTime={message.created_at}>
            {intl.formatTime(message.created_at)}
          </time>
        </header>
      )}
      {tools != null && <span className={classes.tools}>{tools}</span>}
      {message.is_deleted ? (
        <p className={classes.gone}>
          <Text id="chat.deleted" />
        </p>
      ) : (
        message.message !== '' && (
          <p className={classes.text} data-testid="chat-text">
            {message.message}
          </p>
        )
      )}
      {message.attachment != null && (
        <Suspense>
          <FileButton file={message.attachment} identity={identity ?? 'account'} />
        </Suspense>
      )}
    </article>
  );
}

function PendingMessage({ item, outbox }: { item: Pending; outbox: Outbox }) {
  return (
    <article className={classes.message} data-testid="chat-pending" aria-busy={item.state === 'sending'}>
      <p className={classes.text} data-state={item.state}>
        {item.text === '' ? item.file?.name : item.text}
      </p>
      {item.state === 'sending' ? (
        <span className={classes.time}>
          <Text id="chat.sending" />
        </span>
      ) : (
        <span className={classes.failed} role="alert">
          <Text id="chat.notSent" />{' '}
          <UnstyledButton className={classes.again} onClick={() => outbox.again(item.clientId)}>
            <Text id="action.tryAgain" />
          </UnstyledButton>{' '}
          <UnstyledButton className={classes.again} onClick={() => outbox.drop(item.clientId)}>
            <Text id="chat.discard" />
          </UnstyledButton>
        </span>
      )}
    </article>
  );
}

const LONGEST = 2000; // characters, the contract's bound

function Writer({ outbox, closed, attach }: Pick<ChatProps, 'outbox' | 'closed' | 'attach'>) {
  const say = useText();
  const [text, setText] = useState('');
  const send = () => {
    if (text.trim() === '') return;
    outbox.add(text.trim());
    setText('');
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <form className={classes.writer} onSubmit={onSubmit}>
      {closed === null && attach}
      <Textarea
        className={classes.field}
        aria-label={say('chat.write')}
        placeholder={say(closed ?? 'chat.write')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        maxLength={LONGEST}
        disabled={closed !== null}
        rows={1}
        data-testid="chat-input"
      />
      <ActionIcon type="submit" size={42} aria-label={say('chat.send')} disabled={closed !== null || text.trim() === ''} data-testid="chat-send">
        <IconSend2 size={20} aria-hidden />
      </ActionIcon>
    </form>
  );
}

const NEAR = 48; // px from the end that still count as being there

/** Follows the newest line, unless the reader has gone up to read. */
function useNewestInView(lines: number) {
  const list = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const toEnd = () => list.current?.scrollTo({ top: list.current.scrollHeight });
  useEffect(() => {
    if (atEnd) list.current?.scrollTo?.({ top: list.current.scrollHeight });
  }, [lines, atEnd]);
  const onScroll = () => {
    const box = list.current;
    if (box !== null) setAtEnd(box.scrollHeight - box.scrollTop - box.clientHeight < NEAR);
  };
  return { list, atEnd, toEnd, onScroll };
}
