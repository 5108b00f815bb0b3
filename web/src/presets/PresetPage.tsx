import { Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from 'react-router';
import { api } from '../api/client';
import { open } from '../api/envelope';
import { BackLink, Shell } from '../components/Shell';
import { FaultState, LoadingRows } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { Text } from '../i18n/text';
import { libraries } from '../libraries/queries';
import { changesOf, type Draft, draftOf, NEW, requestOf } from './form';
import { PresetForm } from './PresetForm';
import { keys, mayChange, type Preset, preset as presetQuery } from './queries';

/** A preset that is made (`/presets/new`) or changed. */
export default function PresetPage() {
  const { presetId = '' } = useParams();
  return <PanelWords>{presetId === 'new' ? <NewPreset /> : <KnownPreset id={presetId} />}</PanelWords>;
}

function NewPreset() {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const shelves = useQuery(libraries());
  const create = useMutation({
    mutationFn: ({ draft, libraryId }: { draft: Draft; libraryId: string }) => {
      const body = requestOf(draft);
      if (libraryId === '') return open(api().POST('/presets', { body: { ...body, name: draft.name.trim() } }));
      return open(api().POST('/libraries/{library_id}/presets', { params: { path: { library_id: libraryId } }, body: { ...body, name: draft.name.trim() } }));
    },
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: keys.all });
      void navigate('/presets');
    },
  });
  return (
    <Shell title="presets.new">
      <BackLink to="/presets" id="presets.back" />
      <Title order={1} mt={4} mb="lg">
        <Text id="presets.new" />
      </Title>
      <PresetForm
        start={NEW}
        shelves={shelves.data ?? []}
        submit="presets.create"
        isBusy={create.isPending}
        problem={create.error}
        onSubmit={(draft, libraryId) => create.mutate({ draft, libraryId })}
      />
    </Shell>
  );
}

function KnownPreset({ id }: { id: string }) {
  const found = useQuery({ ...presetQuery(id), refetchOnWindowFocus: false });
  return (
    <Shell title="presets.title">
      <BackLink to="/presets" id="presets.back" />
      {found.isPending && <LoadingRows rows={4} />}
      {found.isError && <FaultState error={found.error} retry={() => void found.refetch()} />}
      {found.data !== undefined && <Editor preset={found.data} />}
    </Shell>
  );
}

function Editor({ preset }: { preset: Preset }) {
  const cache = useQueryClient();
  const save = useMutation({
    mutationFn: (draft: Draft) => open(api().PATCH('/presets/{id}', { params: { path: { id: preset.id } }, body: changesOf(preset, draft) })),
    onSuccess: (saved) => {
      cache.setQueryData(keys.one(saved.id), saved);
      void cache.invalidateQueries({ queryKey: keys.mine });
    },
  });
  return (
    <>
      <Title order={1} mt={4} mb="lg">
        {preset.name}
      </Title>
      <PresetForm
        start={draftOf(preset)}
        submit="presets.save"
        isBusy={save.isPending}
        isSaved={save.isSuccess}
        isReadOnly={!mayChange(preset)}
        problem={save.error}
        onChange={() => save.reset()}
        onSubmit={(draft) => save.mutate(draft)}
      />
    </>
  );
}
