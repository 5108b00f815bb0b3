import { Anchor } from '@mantine/core';

/** Where people watch it there. */
export function PublicLink({ address }: { address: string | null }) {
  if (address === null) return null;
  return (
    <Anchor href={address} target="_blank" rel="noopener noreferrer" size="sm" data-verbatim>
      {address.replace(/^https?:\/\/(www\.)?/, '')}
    </Anchor>
  );
}
