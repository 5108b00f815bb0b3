import { Button, Group, NativeSelect, PasswordInput, Stack, Text as Words, TextInput, Title } from '@mantine/core';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useIntl } from 'react-intl';
import { api } from '../api/client';
import { done, Fault, open, Unreachable } from '../api/envelope';
import { grantOf } from '../api/identity';
import type { components } from '../api/schema';
import { Confirm } from '../components/Confirm';
import { FormFoot } from '../components/FormFoot';
import { type MessageId, shortWhen, Text, useText } from '../i18n/text';
import classes from './Recordings.module.css';
import { keys, ownStore } from './queries';

type Wanted = components['schemas']['PutStorageTargetRequest'];
type Target = components['schemas']['StorageTargetResponse'];
type Kind = Wanted['kind'];

/** A bucket of the organization's own, where its recordings go from now on. */
export function OwnStore({ isSet }: { isSet: boolean }) {
  const cache = useQueryClient();
  const organization = grantOf('account')?.user.organization_id ?? '';
  const target = useQuery({ ...ownStore(organization, isSet), placeholderData: keepPreviousData });
  const [doing, setDoing] = useState<'edit' | 'remove' | null>(null);
  // Whether there is one is in the storage's status; what was removed is not asked for again.
  const readStatus = () => {
    setDoing(null);
    void cache.invalidateQueries({ queryKey: keys.storage, exact: true });
  };
  const readAll = () => {
    readStatus();
    void cache.invalidateQueries({ queryKey: keys.ownStore });
  };
  if (target.data === undefined) return null;
  return (
    <section className={`lh-card ${classes.cleanup}`} data-testid="own-store">
      <Title order={2} size="h3">
        <Text id="store.title" />
      </Title>
      <Words c="dimmed" maw={640}>
        <Text id="store.text" />
      </Words>
      {doing === 'edit' ? (
        <StoreForm organization={organization} target={target.data} onDone={readAll} onClose={() => setDoing(null)} />
      ) : (
        <>
          <Words role="status" data-testid="store-now" data-kind={target.data?.kind ?? 'ours'}>
            <Now target={target.data} />
          </Words>
          <Group>
            <Button variant="default" onClick={() => setDoing('edit')} data-testid="set-store">
              <Text id={target.data === null ? 'store.set' : 'store.change'} />
            </Button>
            {target.data !== null && (
              <Button variant="subtle" color="signal" onClick={() => setDoing('remove')} data-testid="remove-store">
                <Text id="store.remove" />
              </Button>
            )}
          </Group>
        </>
      )}
      {doing === 'remove' && (
        <Confirm
          title="store.remove.ask"
          text="store.remove.text"
          yes="store.remove.yes"
          act={() => done(api().DELETE('/organizations/{id}/storage-target', { params: { path: { id: organization } } }))}
          onDone={readStatus}
          onClose={() => setDoing(null)}
        />
      )}
    </section>
  );
}

function Now({ target }: { target: Target | null }) {
  const intl = useIntl();
  if (target === null) return <Text id="store.ours" />;
  const { kind, container, created_at: since } = target;
  return <Text id={kind === 's3' ? 'store.now.s3' : 'store.now.azure'} values={{ container, when: shortWhen(intl, since) }} />;
}

interface StoreFormProps {
  organization: string;
  target: Target | null;
  onDone: () => void;
  onClose: () => void;
}

/** Keys are asked for again only when the kind changes: those that are known stay. */
function StoreForm({ organization, target, onDone, onClose }: StoreFormProps) {
  const say = useText();
  const [kind, setKind] = useState<Kind>(target?.kind ?? 's3');
  const known = target?.kind === kind ? target : null;
  const save = useMutation({
    mutationFn: (body: Wanted) => open(api().PUT('/organizations/{id}/storage-target', { params: { path: { id: organization } }, body })),
    onSuccess: onDone,
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const given = (name: string) => ((form.get(name) ?? '') as string).trim();
    save.mutate({
      kind,
      container: given('container'),
      account: given('account') || null,
      secret: given('secret') || null,
      endpoint: given('endpoint'),
      region: given('region'),
      prefix: given('prefix'),
    });
  };
  const fault = save.error instanceof Fault ? save.error : null;
  const isS3 = kind === 's3';
  return (
    <form onSubmit={submit} key={kind}>
      <Stack maw={480}>
        <NativeSelect
          label={say('store.kind')}
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value as Kind)}
          data={[
            { value: 's3', label: say('store.kind.s3') },
            { value: 'azure', label: say('store.kind.azure') },
          ]}
          data-testid="store-kind"
        />
        <TextInput name="container" label={say(isS3 ? 'store.bucket' : 'store.container')} defaultValue={known?.container} required withAsterisk={false} maxLength={1024} error={fault?.field('container')} />
        <TextInput name="account" label={say(isS3 ? 'store.keyId' : 'store.account')} defaultValue={known?.account} required withAsterisk={false} maxLength={1024} autoComplete="off" error={fault?.field('account')} />
        <PasswordInput
          name="secret"
          label={say(isS3 ? 'store.secret' : 'store.accountKey')}
          description={known === null ? undefined : say('store.secret.keep')}
          required={known === null}
          withAsterisk={false}
          maxLength={1024}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': say('store.secret.show') }}
          error={fault?.field('secret')}
        />
        {isS3 && <TextInput name="region" label={say('store.region')} defaultValue={known?.region} maxLength={100} error={fault?.field('region')} />}
        <TextInput name="endpoint" label={say('store.endpoint')} description={say('store.endpoint.hint')} defaultValue={known?.endpoint} maxLength={1024} error={fault?.field('endpoint')} />
        <TextInput name="prefix" label={say('store.prefix')} description={say('store.prefix.hint')} defaultValue={known?.prefix} maxLength={500} error={fault?.field('prefix')} />
        <FormFoot problem={save.isError ? problemWords(save.error) : null} problemTestId="store-problem" submit="store.submit" busy={save.isPending} testId="save-store" onCancel={onClose} />
      </Stack>
    </form>
  );
}

function problemWords(problem: unknown): MessageId {
  if (problem instanceof Unreachable) return 'fault.unreachable.text';
  if (!(problem instanceof Fault)) return 'fault.other.text';
  if (problem.code === 'storage_refused') return 'store.refused';
  return problem.status === 403 ? 'fault.forbidden.text' : 'fault.notSaved';
}
