import { Modal, NativeSelect, PasswordInput, Stack, Switch, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Fault } from '../api/envelope';
import { FormFoot } from '../components/FormFoot';
import { type MessageId, Text, useText } from '../i18n/text';
import { change, create, problemWords, type Target, targetsKey } from './calls';
import { filled, kindName, kinds } from './kinds';

interface Draft {
  kind: string;
  name: string;
  endpoint: string;
  key: string;
  link: string;
  isEnabled: boolean;
}

const draftOf = (target: Target | null): Draft =>
  target === null
    ? { kind: 'youtube', ...filled({ endpoint: '', name: '' }, 'youtube'), key: '', link: '', isEnabled: true }
    : { kind: target.kind, name: target.name, endpoint: target.endpoint, key: '', link: target.public_url ?? '', isEnabled: target.is_enabled };

const refusals = {
  name: 'streaming.problem.name',
  endpoint: 'streaming.problem.endpoint',
  stream_key: 'streaming.problem.key',
  public_url: 'streaming.problem.link',
} satisfies Record<string, MessageId>;

interface TargetDialogProps {
  roomId: string;
  /** Null: a new one. */
  target: Target | null;
  onClose: () => void;
}

/** Adds a platform, or changes one. The key goes one way only: a present one is kept by an empty field. */
export function TargetDialog({ roomId, target, onClose }: TargetDialogProps) {
  const say = useText();
  const cache = useQueryClient();
  const [draft, setDraft] = useState(() => draftOf(target));
  const write = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const keep = useMutation({
    mutationFn: ({ kind, name, endpoint, key, link, isEnabled }: Draft) => {
      const body = { kind, name: name.trim(), endpoint: endpoint.trim(), public_url: link.trim() || null, is_enabled: isEnabled };
      if (target === null) return create(roomId, { ...body, stream_key: key });
      return change(target, { ...body, ...(key !== '' && { stream_key: key }) });
    },
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: targetsKey(roomId) });
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keep.mutate(draft);
  };
  const fault = keep.error instanceof Fault ? keep.error : null;
  const wrong = (field: keyof typeof refusals) => (fault?.field(field) === undefined ? undefined : say(refusals[field]));
  const isElsewhere = keep.isError && !Object.keys(refusals).some((field) => fault?.field(field) !== undefined);
  const offered = kinds.includes(draft.kind) ? kinds : [...kinds, draft.kind];
  const keyHint = target === null ? 'streaming.field.key.hint' : target.stream_key.length > 1 ? 'streaming.field.key.keep' : 'streaming.field.key.keepHidden';
  return (
    <Modal
      opened
      onClose={onClose}
      title={target === null ? <Text id="streaming.add" /> : <Text id="streaming.edit.name" values={{ name: target.name }} />}
      closeButtonProps={{ 'aria-label': say('action.close') }}
    >
      <form onSubmit={submit} autoComplete="off" data-testid="target-form">
        <Stack>
          <NativeSelect
            label={say('streaming.field.kind')}
            value={draft.kind}
            onChange={(event) => write({ kind: event.currentTarget.value, ...filled(draft, event.currentTarget.value) })}
            data={offered.map((kind) => ({ value: kind, label: kindName(kind, say) }))}
            data-autofocus
            data-testid="target-kind"
          />
          <TextInput label={say('streaming.field.name')} value={draft.name} onChange={(event) => write({ name: event.currentTarget.value })} required withAsterisk={false} maxLength={100} error={wrong('name')} data-testid="target-name" />
          <TextInput
            label={say('streaming.field.endpoint')}
            description={say(draft.kind === 'linkedin' ? 'streaming.field.endpoint.linkedin' : 'streaming.field.endpoint.hint')}
            value={draft.endpoint}
            onChange={(event) => write({ endpoint: event.currentTarget.value })}
            placeholder="rtmps://…"
            required
            withAsterisk={false}
            maxLength={1024}
            error={wrong('endpoint')}
            data-testid="target-endpoint"
          />
          <PasswordInput
            label={say('streaming.field.key')}
            description={say(keyHint, { key: target?.stream_key ?? '' })}
            value={draft.key}
            onChange={(event) => write({ key: event.currentTarget.value })}
            required={target === null}
            withAsterisk={false}
            maxLength={512}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': say('encoder.key.show') }}
            error={wrong('stream_key')}
            data-testid="target-stream-key"
          />
          <TextInput
            label={say('streaming.field.link')}
            description={say('streaming.field.link.hint')}
            value={draft.link}
            onChange={(event) => write({ link: event.currentTarget.value })}
            placeholder="https://…"
            maxLength={1024}
            error={wrong('public_url')}
            data-testid="target-link"
          />
          <Switch label={say('streaming.always')} description={say('streaming.always.hint')} checked={draft.isEnabled} onChange={(event) => write({ isEnabled: event.currentTarget.checked })} data-testid="target-always" />
          <FormFoot problem={isElsewhere ? problemWords(keep.error) : null} problemTestId="target-problem" submit="streaming.save" busy={keep.isPending} testId="save-target" onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  );
}
