import { ActionIcon, Anchor } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useCopy } from '../../components/useCopy';
import { Text, useText } from '../../i18n/text';
import classes from './Studio.module.css';

/** The audience's address, small: opened beside the studio, or copied. */
export function AudienceLink({ roomId }: { roomId: string }) {
  const say = useText();
  const address = `${window.location.origin}/w/${roomId}`;
  const { copied, copy } = useCopy(address);
  return (
    <span className={classes.link}>
      <Anchor href={address} target="_blank" size="sm" data-testid="audience-link">
        <Text id="studio.audienceLink" />
      </Anchor>
      <ActionIcon variant="subtle" size={36} onClick={copy} aria-label={say('studio.copyLink')} data-testid="copy-link">
        {copied ? <IconCheck size={18} aria-hidden /> : <IconCopy size={18} aria-hidden />}
      </ActionIcon>
      <span className={classes.unseen} role="status">
        {copied && <Text id="action.copied" />}
      </span>
    </span>
  );
}
