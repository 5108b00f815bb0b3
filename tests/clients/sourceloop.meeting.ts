// A customer's server of the Sourceloop API: where archives go, and a meeting that is recorded from its first token.
import createClient from 'openapi-fetch';
import { body, done, given, noting, tell } from './common.js';
import type { paths } from './sourceloop.contract.js';

const input = given<{ url: string; token: string; bucket: string; endpoint: string; region: string }>();
const software = createClient<paths>({
  baseUrl: `${input.url}/sourceloop`,
  headers: { Authorization: `Bearer ${input.token}` },
});

software.use(noting);
const { bucket, endpoint, region } = input;
done(await software.PUT('/archives/storage-target', { body: { name: 'AWSS3', bucket, endpoint, region } }));
const link = body(
  await software.POST('/session', { body: { enableArchiving: true }, parseAs: 'text' }),
) as string;
const issued = body(
  await software.POST('/session/{meetingLinkId}/token', {
    params: { path: { meetingLinkId: link } },
    body: { role: 'publisher', data: 'bo' },
  }),
);
tell({ link, session: issued.sessionId, token: issued.token });
