import { lazy, Suspense } from 'react';
import { Route, Routes } from 'react-router';
import { LoadingPage } from '../components/states';
import { NotFoundPage } from './NotFoundPage';

const SignInPage = lazy(() => import('./SignInPage'));
const RoomsPage = lazy(() => import('./RoomsPage'));
const RoomPage = lazy(() => import('./RoomPage'));
const StudioPage = lazy(() => import('./studio/StudioPage'));
const WatchPage = lazy(() => import('./watch/WatchPage'));
const ReplayPage = lazy(() => import('./ReplayPage'));
const ReportPage = lazy(() => import('./ReportPage'));
const RecordingsPage = lazy(() => import('../recordings/RecordingsPage'));
const StoragePage = lazy(() => import('../recordings/StoragePage'));
const UnsubscribePage = lazy(() => import('../reminders/UnsubscribePage'));
const GalleryPage = lazy(() => import('./gallery/GalleryPage'));

export function Pages() {
  return (
    <Suspense fallback={<LoadingPage />}>
      <Routes>
        <Route path="/" element={<SignInPage />} />
        <Route path="/rooms" element={<RoomsPage />} />
        <Route path="/rooms/:roomId" element={<RoomPage />} />
        <Route path="/studio/:sessionId" element={<StudioPage />} />
        <Route path="/w/:roomId" element={<WatchPage />} />
        <Route path="/w/:roomId/replay/:recordingId" element={<ReplayPage />} />
        <Route path="/reports/:sessionId" element={<ReportPage />} />
        <Route path="/recordings" element={<RecordingsPage />} />
        <Route path="/storage" element={<StoragePage />} />
        <Route path="/unsubscribe/:token" element={<UnsubscribePage />} />
        <Route path="/dev/gallery" element={<GalleryPage />} />
        <Route path="*" element={<NotFoundPage />} />
      </Routes>
    </Suspense>
  );
}
