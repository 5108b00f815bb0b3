import { lazy } from 'react';
import { Outlet, Route, Routes } from 'react-router';
import { Shell, useGrant } from '../components/Shell';
import { SignedOut } from '../components/states';
import '../theme/hostPages';
import { NotFoundPage } from './NotFoundPage';

const OverviewPage = lazy(() => import('../overview/OverviewPage'));
const RoomsPage = lazy(() => import('./RoomsPage'));
const RoomPage = lazy(() => import('./RoomPage'));
const StudioPage = lazy(() => import('./studio/StudioPage'));
const MonitorPage = lazy(() => import('./MonitorPage'));
const ReportPage = lazy(() => import('./ReportPage'));
const RecordingsPage = lazy(() => import('../recordings/RecordingsPage'));
const StoragePage = lazy(() => import('../recordings/StoragePage'));
const PresetsPage = lazy(() => import('../presets/PresetsPage'));
const PresetPage = lazy(() => import('../presets/PresetPage'));
const LibrariesPage = lazy(() => import('../libraries/LibrariesPage'));
const GroupsPage = lazy(() => import('../groups/GroupsPage'));
const PeoplePage = lazy(() => import('../invited/PeoplePage'));
const ConnectPage = lazy(() => import('../connect/ConnectPage'));
const ExportsPage = lazy(() => import('../exports/ExportsPage'));
const TermsPage = lazy(() => import('../terms/TermsPage'));
const HooksPage = lazy(() => import('../webhooks/HooksPage'));
const RegistrantsPage = lazy(() => import('../registration/RegistrantsPage'));
const FormPage = lazy(() => import('../registration/FormPage'));
const GalleryPage = lazy(() => import('./gallery/GalleryPage'));

/** The pages of hosts and their teams: the audience does not load so much as their list. */
export default function HostPages() {
  return (
    <Routes>
      <Route element={<Members />}>
        <Route path="overview" element={<OverviewPage />} />
        <Route path="rooms" element={<RoomsPage />} />
        <Route path="rooms/:roomId" element={<RoomPage />} />
        <Route path="rooms/:roomId/registrations" element={<RegistrantsPage />} />
        <Route path="rooms/:roomId/registration" element={<FormPage />} />
        <Route path="reports/:sessionId" element={<ReportPage />} />
        <Route path="monitor/:sessionId" element={<MonitorPage />} />
        <Route path="recordings" element={<RecordingsPage />} />
        <Route path="storage" element={<StoragePage />} />
        <Route path="presets" element={<PresetsPage />} />
        <Route path="presets/:presetId" element={<PresetPage />} />
        <Route path="libraries" element={<LibrariesPage />} />
        <Route path="groups" element={<GroupsPage />} />
        <Route path="sessions/:sessionId/people" element={<PeoplePage />} />
        <Route path="exports" element={<ExportsPage />} />
        <Route path="terms" element={<TermsPage />} />
        <Route path="connect" element={<ConnectPage />} />
        <Route path="webhooks" element={<HooksPage />} />
      </Route>
      <Route path="studio/:sessionId" element={<StudioPage />} />
      <Route path="dev/gallery" element={<GalleryPage />} />
      <Route path="*" element={<NotFoundPage />} />
    </Routes>
  );
}

/** Without an account there is nothing to draw. The studio has its own entrance: its address may carry a one-time code. */
function Members() {
  if (useGrant() !== null) return <Outlet />;
  return (
    <Shell title="fault.signedOut">
      <SignedOut />
    </Shell>
  );
}
