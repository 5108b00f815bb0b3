// A partner of the Voilà API: token, registration, and the three reports.
import createClient from 'openapi-fetch';
import { body, given, noting, refused, tell } from './common.js';
import type { paths } from './voila.contract.js';

const input = given<{
  url: string;
  client: string;
  secret: string;
  organization: string;
  program: string;
  session: string;
}>();
const keeper = createClient<paths>({ baseUrl: `${input.url}/voila` });
keeper.use(noting);
const token = body(
  await keeper.POST('/oauth2/token', {
    body: { grant_type: 'client_credentials', scope: 'voila/partner_access' },
    headers: {
      Authorization: `Basic ${btoa(`${input.client}:${input.secret}`)}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
  }),
);
const partner = createClient<paths>({
  baseUrl: `${input.url}/voila/v1`,
  headers: { Authorization: `${token.token_type} ${token.access_token}` },
});
partner.use(noting);
const organization = { organizationId: input.organization };
const program = { ...organization, programId: input.program };
const session = { params: { path: { ...program, sessionId: input.session } } };
const below = '/organizations/{organizationId}/programs/{programId}/sessions/{sessionId}';

const ping = body(await partner.GET('/organizations/{organizationId}/ping', { params: { path: organization } }));
const vera = body(
  await partner.POST('/organizations/{organizationId}/programs/{programId}/attendees', {
    params: { path: program },
    body: {
      externalId: 'crm-7',
      firstName: 'Vera',
      lastName: 'Rubin',
      email: 'vera@example.org',
      isPersonalDataSharingAccepted: true,
    },
  }),
  201,
);
const statistics = body(await partner.GET(`${below}/attendees/statistics`, session));
const chat = body(await partner.GET(`${below}/chat-messages`, session));
const questions = body(await partner.GET(`${below}/questions`, session));
const foreign = refused(
  await partner.GET('/organizations/{organizationId}/ping', { params: { path: { organizationId: 'another' } } }),
);
tell({
  expires: token.expires_in,
  organization: ping.organizationId,
  vera: { id: vera.id, external: vera.externalId, link: vera.accessLink },
  seconds: statistics.map((row) => row.liveWatchTime),
  chat: chat.flatMap((row) => row.messages.map((each) => each.message)),
  questions: questions.flatMap((row) => row.messages.map((each) => each.message)),
  foreign,
});
