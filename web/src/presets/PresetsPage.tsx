import { Badge, Button, Group, Text as Words, Title } from '@mantine/core';
import { IconAdjustments, IconPlus } from '@tabler/icons-react';
import { useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { api } from '../api/client';
import { open } from '../api/envelope';
import listing from '../components/Listing.module.css';
import { Shell } from '../components/Shell';
import { Empty, FaultState, LoadingRows } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { Text, useText } from '../i18n/text';
import { libraries } from '../libraries/queries';
import { DeletePreset } from './DeletePreset';
import { PresetProblem } from './PresetProblem';
import classes from './Presets.module.css';
import { isMine, keys, mayChange, myPresets, type Preset, shelf, together } from './queries';

export default function PresetsPage() {
  return (
    <PanelWords>
      <Presets />
    </PanelWords>
  );
}

function Presets() {
  const mine = useQuery(myPresets());
  const shelves = useQuery(libraries());
  const onShelves = useQueries({
    queries: (shelves.data ?? []).map((library) => shelf(library.id)),
    combine: (results) => results.map((result) => result.data ?? []),
  });
  const presets = mine.data && together(mine.data, ...onShelves);
  return (
    <Shell title="presets.title">
      <Group justify="space-between" mb="xs">
        <Title order={1}>
          <Text id="presets.title" />
        </Title>
        <Button component={Link} to="/presets/new" leftSection={<IconPlus size={18} aria-hidden />} data-testid="new-preset">
          <Text id="presets.new" />
        </Button>
      </Group>
      <Words c="dimmed" maw={680} mb="xl">
        <Text id="presets.lead" />
      </Words>
      {mine.isPending && <LoadingRows />}
      {mine.isError && <FaultState error={mine.error} retry={() => void mine.refetch()} />}
      {presets?.length === 0 && <Empty title="presets.empty" text="presets.empty.text" icon={<IconAdjustments size={28} stroke={1.6} />} />}
      {presets !== undefined && presets.length > 0 && (
        <PresetList presets={presets} libraryNames={new Map((shelves.data ?? []).map(({ id, name }) => [id, name]))} />
      )}
    </Shell>
  );
}

function PresetList({ presets, libraryNames }: { presets: Preset[]; libraryNames: ReadonlyMap<string, string> }) {
  const cache = useQueryClient();
  const [deleting, setDeleting] = useState<Preset | null>(null);
  const makeDefault = useMutation({
    mutationFn: (id: string) => open(api().POST('/presets/{id}/default', { params: { path: { id } } })),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.all }),
  });
  return (
    <>
      <PresetProblem problem={makeDefault.error} />
      <ul className={listing.list}>
        {presets.map((each) => (
          <PresetRow
            key={each.id}
            preset={each}
            library={libraryNames.get(each.library_id ?? '')}
            onDefault={() => makeDefault.mutate(each.id)}
            onDelete={() => setDeleting(each)}
          />
        ))}
      </ul>
      {deleting !== null && <DeletePreset preset={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}

interface PresetRowProps {
  preset: Preset;
  library: string | undefined;
  onDefault: () => void;
  onDelete: () => void;
}

function PresetRow({ preset, library, onDefault, onDelete }: PresetRowProps) {
  const say = useText();
  const { name } = preset;
  const mine = isMine(preset);
  return (
    <li className={`lh-card ${listing.row}`} data-testid="preset">
      <div className={listing.who}>
        <Group gap="sm">
          <Link to={`/presets/${preset.id}`} className={classes.title}>
            {name}
          </Link>
          {preset.is_default && mine && (
            <Badge variant="light" color="gray" tt="none" c="inherit" title={say('presets.default.text')}>
              <Text id="presets.default" />
            </Badge>
          )}
        </Group>
        <Words size="sm" c="dimmed">
          <Text id="presets.sums" values={sums(preset)} />
          {library !== undefined && <> · {say('presets.shelf', { library })}</>}
          {!mine && <> · {say('presets.foreign')}</>}
        </Words>
      </div>
      <Group gap="xs">
        {mine && !preset.is_default && (
          <Button variant="default" size="compact-md" onClick={onDefault} aria-label={say('presets.default.make.name', { name })} data-testid="make-default">
            <Text id="presets.default.make" />
          </Button>
        )}
        {mayChange(preset) && (
          <Button variant="subtle" color="signal" size="compact-md" onClick={onDelete} aria-label={say('presets.delete.name', { name })} data-testid="delete-preset">
            <Text id="presets.delete" />
          </Button>
        )}
      </Group>
    </li>
  );
}

function sums(preset: Preset): Record<'chat' | 'stage' | 'polls' | 'recording', 'on' | 'off'> {
  const word = (on: boolean) => (on ? 'on' : 'off');
  return { chat: word(preset.chat_enabled), stage: word(preset.stage_enabled), polls: word(preset.poll_enabled), recording: word(preset.recording_enabled) };
}
