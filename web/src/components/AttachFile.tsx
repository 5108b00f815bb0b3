import { ActionIcon } from '@mantine/core';
import { IconPaperclip } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { Fault } from '../api/envelope';
import type { Identity } from '../api/identity';
import { PanelWords } from '../i18n/PanelWords';
import { type MessageId, Text, useText } from '../i18n/text';
import type { Outbox } from '../realtime/outbox';
import { upload } from './files';
import classes from './Files.module.css';

const LARGEST = 10 * 1024 * 1024; // bytes, the API's bound
const TAKEN = 'image/png,image/jpeg,image/gif,image/webp,.pdf,.docx,.xlsx,.pptx,.odt,.ods,.odp,.txt,.csv,.md,.zip';

interface AttachFileProps {
  sessionId: string;
  identity: Identity;
  outbox: Outbox;
}

export default function AttachFile(props: AttachFileProps) {
  return (
    <PanelWords>
      <Attach {...props} />
    </PanelWords>
  );
}

/** Brings a file in, and sends it as a message. */
function Attach({ sessionId, identity, outbox }: AttachFileProps) {
  const say = useText();
  const input = useRef<HTMLInputElement>(null);
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<MessageId | null>(null);
  const send = async (file: File) => {
    setProblem(file.size > LARGEST ? 'chat.file.size' : null);
    if (file.size > LARGEST) return;
    setSending(true);
    try {
      outbox.add('', await upload(sessionId, identity, file));
    } catch (error) {
      setProblem(error instanceof Fault && error.status === 422 ? 'chat.file.kind' : 'chat.file.refused');
    }
    setSending(false);
  };
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        accept={TAKEN}
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          if (file !== undefined) void send(file);
          event.currentTarget.value = '';
        }}
        data-testid="chat-file-input"
      />
      <ActionIcon variant="subtle" color="gray" c="inherit" size={42} loading={sending} aria-label={say('chat.attach')} onClick={() => input.current?.click()} data-testid="attach-file">
        <IconPaperclip size={20} aria-hidden />
      </ActionIcon>
      <div role="alert" className={classes.problem}>
        {problem !== null && <Text id={problem} />}
      </div>
    </>
  );
}
