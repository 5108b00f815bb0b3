import { Shell } from '../components/Shell';
import { NotFound } from '../components/states';

export function NotFoundPage() {
  return (
    <Shell title="notFound.title">
      <NotFound />
    </Shell>
  );
}
