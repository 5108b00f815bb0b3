import { lazy, Suspense } from 'react';
import { Route, Routes } from 'react-router';
import { LoadingPage } from '../components/states';

const SignInPage = lazy(() => import('./SignInPage'));
const WatchPage = lazy(() => import('./watch/WatchPage'));
const ReplayPage = lazy(() => import('./ReplayPage'));
const UnsubscribePage = lazy(() => import('../reminders/UnsubscribePage'));
const RegisterPage = lazy(() => import('../registration/RegisterPage'));
const RegisteredPage = lazy(() => import('../registration/RegisteredPage'));
const HostPages = lazy(() => import('./HostPages'));

export function Pages() {
  return (
    <Suspense fallback={<LoadingPage />}>
      <Routes>
        <Route path="/" element={<SignInPage />} />
        <Route path="/w/:roomId" element={<WatchPage />} />
        <Route path="/w/:roomId/replay/:recordingId" element={<ReplayPage />} />
        <Route path="/unsubscribe/:token" element={<UnsubscribePage />} />
        <Route path="/r/:roomId" element={<RegisterPage />} />
        <Route path="/registered" element={<RegisteredPage />} />
        <Route path="*" element={<HostPages />} />
      </Routes>
    </Suspense>
  );
}
