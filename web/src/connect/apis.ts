import type { components } from '../api/schema';
import type { MessageId } from '../i18n/text';

export type Client = components['schemas']['ApiClientResponse'];
export type Kind = NonNullable<components['schemas']['CreateApiClientRequest']['kind']>;
export type Scope = NonNullable<components['schemas']['CreateApiClientRequest']['scopes']>[number];

/** What a first call needs: the place, the organization, and a credential or its stand-in. */
export interface Place {
  origin: string;
  organizationId: string;
}
export interface Credential {
  clientId: string;
  secret: string;
  issuer: string;
}

export interface Api {
  id: 'live' | 'voila' | 'meltingspot' | 'sourceloop';
  kind: Kind;
  name: MessageId;
  lead: MessageId;
  scopes: MessageId;
  base: (place: Place) => string;
  call: (place: Place, credential: Credential) => string;
}

/** As a shell takes it literally. */
const quoted = (words: string) => `'${words.replaceAll("'", `'\\''`)}'`;

export const apis: readonly Api[] = [
  {
    id: 'live',
    kind: 'api_key',
    name: 'connect.live',
    lead: 'connect.live.lead',
    scopes: 'connect.scopes.keys',
    base: ({ origin }) => `${origin}/api/v1`,
    call: ({ origin }, { secret }) => `curl -H ${quoted(`X-Api-Key: ${secret}`)} ${origin}/api/v1/rooms/mine`,
  },
  {
    id: 'voila',
    kind: 'oauth',
    name: 'connect.voila',
    lead: 'connect.voila.lead',
    scopes: 'connect.scopes.voila',
    base: ({ origin }) => `${origin}/voila`,
    call: ({ origin, organizationId }, { clientId, secret }) =>
      [
        `TOKEN=$(curl -s -u ${quoted(`${clientId}:${secret}`)} -d grant_type=client_credentials -d scope=voila/partner_access \\`,
        `  ${origin}/voila/oauth2/token | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
        `curl -H "Authorization: Bearer $TOKEN" ${origin}/voila/v1/organizations/${organizationId}/ping`,
      ].join('\n'),
  },
  {
    id: 'meltingspot',
    kind: 'api_key',
    name: 'connect.meltingspot',
    lead: 'connect.meltingspot.lead',
    scopes: 'connect.scopes.keys',
    base: ({ origin }) => `${origin}/meltingspot`,
    call: ({ origin }, { secret }) => `curl -H ${quoted(`Authorization: ${secret}`)} ${origin}/meltingspot/v1/lives`,
  },
  {
    id: 'sourceloop',
    kind: 'signing_secret',
    name: 'connect.sourceloop',
    lead: 'connect.sourceloop.lead',
    scopes: 'connect.scopes.signing',
    base: ({ origin }) => `${origin}/sourceloop`,
    call: ({ origin }, { secret, issuer }) =>
      [
        `SECRET=${quoted(secret)}; ISSUER=${quoted(issuer)}`,
        `b64() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }`,
        `HEAD=$(printf '{"alg":"HS256","typ":"JWT"}' | b64)`,
        `BODY=$(printf '{"iss":"%s","exp":%d,"permissions":["GetMeetingArchives"]}' "$ISSUER" $(($(date +%s) + 600)) | b64)`,
        `SIGN=$(printf '%s' "$HEAD.$BODY" | openssl dgst -sha256 -hmac "$SECRET" -binary | b64)`,
        `curl -H "Authorization: Bearer $HEAD.$BODY.$SIGN" ${origin}/sourceloop/archives`,
      ].join('\n'),
  },
];

export const scopesOf: Record<Kind, readonly Scope[]> = {
  api_key: ['write', 'codes', 'admin'],
  oauth: ['write', 'codes', 'admin'],
  signing_secret: ['write', 'admin'],
};
