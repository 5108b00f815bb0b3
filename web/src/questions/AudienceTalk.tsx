import { lazy, type ReactNode, Suspense } from 'react';
import type { Identity } from '../api/identity';
import { SideTabs } from '../components/SideTabs';
import { LoadingRows } from '../components/states';
import { useText } from '../i18n/text';
import { useKnownQuestions } from './useKnownQuestions';

const AudienceQuestions = lazy(() => import('./AudienceQuestions'));

interface AudienceTalkProps {
  chat: ReactNode;
  sessionId: string;
  identity: Identity;
  may: Record<string, boolean>;
  isModerated: boolean;
}

/** The chat, and questions beside it. */
export default function AudienceTalk({ chat, sessionId, identity, may, isModerated }: AudienceTalkProps) {
  const say = useText();
  const questions = useKnownQuestions(sessionId);
  return (
    <SideTabs
      label={say('watch.talk')}
      tabs={[
        { id: 'chat', title: 'chat.title', content: chat },
        {
          id: 'questions',
          title: 'questions.title',
          count: questions.length,
          content: (
            <Suspense fallback={<LoadingRows rows={2} />}>
              <AudienceQuestions sessionId={sessionId} identity={identity} may={may} isModerated={isModerated} />
            </Suspense>
          ),
        },
      ]}
    />
  );
}
