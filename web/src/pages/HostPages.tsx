import { lazy } from 'react';
import { Route, Routes } from 'react-router';
import '../theme/hostPages';
import { NotFoundPage } from './NotFoundPage';

const RoomsPage = lazy(() => import('./RoomsPage'));
const RoomPage = lazy(() => import('./RoomPage'));
const StudioPage = lazy(() => import('./studio/StudioPage'));
const ReportPage = lazy(() => import('./ReportPage'));
const RecordingsPage = lazy(() => import('../recordings/RecordingsPage'));
const StoragePage = lazy(() => import('../recordings/StoragePage'));
const PresetsPage = lazy(() => import('../presets/PresetsPage'));
const PresetPage = lazy(() => import('../presets/PresetPage'));
const LibrariesPage = lazy(() => import('../libraries/LibrariesPage'));
const GalleryPage = lazy(() => import('./gallery/GalleryPage'));

/** The pages of hosts and their teams: the audience does not load so much as their list. */
export default function HostPages() {
  return (
    <Routes>
      <Route path="rooms" element={<RoomsPage />} />
      <Route path="rooms/:roomId" element={<RoomPage />} />
      <Route path="studio/:sessionId" element={<StudioPage />} />
      <Route path="reports/:sessionId" element={<ReportPage />} />
      <Route path="recordings" element={<RecordingsPage />} />
      <Route path="storage" element={<StoragePage />} />
      <Route path="presets" element={<PresetsPage />} />
      <Route path="presets/:presetId" element={<PresetPage />} />
      <Route path="libraries" element={<LibrariesPage />} />
      <Route path="dev/gallery" element={<GalleryPage />} />
      <Route path="*" element={<NotFoundPage />} />
    </Routes>
  );
}
