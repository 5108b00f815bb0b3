import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { Navigate, useParams, useSearchParams } from 'react-router';
import { exchangeCode } from '../../api/client';
import { grantOf } from '../../api/identity';
import { session as sessionQuery } from '../../api/queries';
import { Shell } from '../../components/Shell';
import { FaultState, LoadingPage, LoadingRows, signInAddress, State } from '../../components/states';
import { PanelWords } from '../../i18n/PanelWords';
import { publishSettings } from '../../media/settings';
import { useOneTimeCode } from '../oneTimeCode';
import { Studio } from './Studio';

const EncoderStudio = lazy(() => import('../../encoder/EncoderStudio'));

export default function StudioPage() {
  return (
    <PanelWords>
      <Entrance />
    </PanelWords>
  );
}

function Entrance() {
  const { sessionId = '' } = useParams();
  const entrance = useEntrance();
  if (entrance === 'checking') return <LoadingPage />;
  if (entrance === 'expired') {
    return (
      <Shell title="studio.title">
        <State title="signIn.failed" text="signIn.codeExpired" />
      </Shell>
    );
  }
  if (entrance === 'unknown') return <Navigate to={signInAddress()} replace />;
  return <KnownStudio key={sessionId} sessionId={sessionId} />;
}

function KnownStudio({ sessionId }: { sessionId: string }) {
  const session = useQuery(sessionQuery(sessionId));
  const [search] = useSearchParams();
  const recorded = session.data?.recording_enabled;
  const settings = useMemo(() => publishSettings(search, recorded ?? false), [search, recorded]);
  if (session.data?.mode === 'rtmp' || session.data?.mode === 'whip') {
    return (
      <Suspense fallback={<LoadingPage />}>
        <EncoderStudio session={session.data} />
      </Suspense>
    );
  }
  if (session.data !== undefined) return <Studio session={session.data} settings={settings} />;
  return (
    <Shell title="studio.title">
      {session.isError ? (
        <FaultState error={session.error} retry={() => void session.refetch()} inner={false} />
      ) : (
        <LoadingRows rows={2} height={240} />
      )}
    </Shell>
  );
}

/** A one-time code in the address comes before an earlier sign-in. */
function useEntrance(): 'checking' | 'known' | 'unknown' | 'expired' {
  const code = useOneTimeCode();
  const [entrance, setEntrance] = useState<'checking' | 'known' | 'unknown' | 'expired'>(() => {
    if (code !== null) return 'checking';
    return grantOf('account') === null ? 'unknown' : 'known';
  });
  useEffect(() => {
    if (code === null) return;
    exchangeCode(code)
      .then(() => setEntrance('known'))
      .catch(() => setEntrance(grantOf('account') === null ? 'expired' : 'known'));
  }, [code]);
  return entrance;
}
