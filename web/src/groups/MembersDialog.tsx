import { Button, Group as Row, Modal, Stack, Text as Words, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { Fault } from '../api/envelope';
import { grantOf } from '../api/identity';
import listing from '../components/Listing.module.css';
import { FaultState, LoadingRows } from '../components/states';
import { Text, useText } from '../i18n/text';
import { addByAddress, type Group, keys, members, people, removeMember } from './calls';

/** Who is in a group; administrators put members in by their address, and take them out. */
export function MembersDialog({ group, mayArrange, onClose }: { group: Group; mayArrange: boolean; onClose: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), 300);
  const organization = grantOf('account')?.user.organization_id ?? '';
  const known = useQuery({ ...people(organization, search), enabled: mayArrange && organization !== '' });
  const found = useQuery(members(group.id));
  const onSettled = () => cache.invalidateQueries({ queryKey: keys.all });
  const add = useMutation({ mutationFn: (email: string) => addByAddress(group.id, email), onSuccess: () => form.current?.reset(), onSettled });
  const drop = useMutation({ mutationFn: (accountId: string) => removeMember(group.id, accountId), onSettled });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    add.mutate((new FormData(event.currentTarget).get('email') as string).trim());
  };
  const isNobody = add.error instanceof Fault && add.error.code === 'not_found';
  return (
    <Modal opened onClose={onClose} title={<Text id="groups.show.name" values={{ name: group.name }} />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <Stack>
        {mayArrange && (
          <form onSubmit={submit} ref={form}>
            <Row align="flex-end" gap="xs" wrap="nowrap">
              <TextInput
                name="email"
                type="email"
                label={say('groups.add.email')}
                required
                withAsterisk={false}
                maxLength={254}
                flex={1}
                list="organization-members"
                autoComplete="off"
                onChange={(event) => setTyped(event.currentTarget.value)}
                data-testid="member-email"
              />
              <Button type="submit" loading={add.isPending} data-testid="add-member">
                <Text id="groups.add" />
              </Button>
            </Row>
            <datalist id="organization-members">
              {known.data?.map(({ id, email, display_name, username }) => email !== null && <option key={id} value={email} label={display_name ?? username} />)}
            </datalist>
          </form>
        )}
        {(add.isError || drop.isError) && (
          <Words c="var(--mantine-color-error)" size="sm" role="alert">
            <Text id={isNobody ? 'groups.nobody' : 'fault.notSaved'} />
          </Words>
        )}
        {found.isPending && <LoadingRows rows={2} height={44} />}
        {found.isError && <FaultState error={found.error} retry={() => void found.refetch()} />}
        {found.data?.length === 0 && (
          <Words c="dimmed">
            <Text id="groups.noMembers" />
          </Words>
        )}
        <ul className={listing.list}>
          {found.data?.map((person) => {
            const name = person.display_name ?? person.username;
            return (
              <li key={person.id} className={`lh-card ${listing.row}`} data-testid="member">
                <div className={listing.who}>
                  <Words fw={550}>{name}</Words>
                  {person.email !== null && (
                    <Words size="sm" c="dimmed">
                      {person.email}
                    </Words>
                  )}
                </div>
                {mayArrange && (
                  <Button size="compact-md" variant="subtle" color="gray" c="inherit" onClick={() => drop.mutate(person.id)} aria-label={say('groups.takeOut.name', { name })}>
                    <Text id="groups.takeOut" />
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
      </Stack>
    </Modal>
  );
}
