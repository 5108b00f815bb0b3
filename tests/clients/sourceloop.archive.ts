// A customer's server of the Sourceloop API: the archive of a meeting that is on, its file, and its end.
import createClient from 'openapi-fetch';
import { body, done, eventually, given, noting, refused, tell } from './common.js';
import type { components, paths } from './sourceloop.contract.js';

/** The provider's record; the contract names its members in words alone, so that they have no types. */
interface Facts {
  id: string;
  status: string;
  size: number;
  duration: number;
  url: string | null;
}

const PATIENCE_S = 90;
const input = given<{ url: string; token: string; link: string }>();
const software = createClient<paths>({
  baseUrl: `${input.url}/sourceloop`,
  headers: { Authorization: `Bearer ${input.token}` },
});

function facts(archive: components['schemas']['Archive'] | undefined): Facts {
  if (!archive?.metaData) throw new Error('no archive, or none that the provider has');
  return archive.metaData as unknown as Facts;
}

software.use(noting);
const listed = body(await software.GET('/archives')).items;
const begun = facts(listed[0]);
const at = { params: { path: { archiveId: begun.id } } };
const early = refused(await software.DELETE('/archives/{archiveId}', at));
done(
  await software.PATCH('/session/{meetingLinkId}/end', { params: { path: { meetingLinkId: input.link } } }),
);
const archive = await eventually(
  async () => body(await software.GET('/archives/{archiveId}', at)),
  (found) => facts(found).status === 'available',
  PATIENCE_S,
);
const made = facts(archive);
const file = await fetch(made.url ?? '');
const length = (await file.arrayBuffer()).byteLength;
done(await software.DELETE('/archives/{archiveId}', at));
const missed = [
  refused(await software.GET('/archives/{archiveId}', at)),
  refused(await software.DELETE('/archives/{archiveId}', at)),
];
const left = body(await software.GET('/archives'));
const closed = await fetch(made.url ?? '');
tell({
  sessions: [...listed, archive].map((each) => each.sessionId),
  begun,
  early: early.status,
  made,
  file: { status: file.status, type: file.headers.get('Content-Type'), length },
  missed: missed.map((each) => each.status),
  left,
  closed: closed.status,
});
