/**
 * The operations that the web app never calls, each with the reason why a person does not either. `places.test.ts` holds
 * this table against the served document and against the app's own calls: none is missing, and none is left over.
 */

const machine = 'between programs: no person calls it';
const delivered = 'the browser fetches it by an address that the server gave';
const told = 'the hub tells it: the answer to a subscription carries the state, and events keep it fresh';
const inItsList = 'the list on the same page has all that one of them would answer';

export const elsewhere: Record<string, string> = {
  // Sign-in and keys of programs
  getJsonWebKeys: machine,
  issueClientToken: machine,
  revokeClientToken: machine,
  whoAmI: 'the test of a key, for software; a person sees their own name in the account menu, from the sign-in',
  getMe: 'every sign-in answers with the same, and the app keeps it',
  // The server's own parts
  centrifugoConnect: machine,
  centrifugoRefresh: machine,
  centrifugoSubRefresh: machine,
  centrifugoSubscribe: machine,
  receiveLivekitWebhook: machine,
  healthCheck: 'for whoever runs the server, and for what watches over it',
  // Media and realtime of clients of one's own
  listIceServers: 'the media server names the same to each connection; for clients without its SDK',
  createMediaToken: 'for clients of one’s own; the app gets its token with a seat, the studio or a seat on stage',
  createRealtimeToken: 'for clients of one’s own; the app gets its token with a seat',
  getStageToken: 'joining anew brings the token of who is on stage, with the rest of the seat',
  ensureHls: 'joining asks for HLS where the direct way is closed, and going live begins it',
  joinRoom: 'the audience page knows the session that is on, and joins that',
  // Delivered by address
  serveAsset: delivered,
  serveRecordingFile: delivered,
  getSessionCalendar: 'a link of the audience page and of the links of a session, opened by the browser',
  // Told by the hub
  listHands: told,
  listJoinRequests: told,
  listStage: told,
  getActiveRecording: told,
  getQuestion: told,
  // One of a list
  getApiClient: inItsList,
  getExport: inItsList,
  getGroup: inItsList,
  getLibrary: inItsList,
  getStreamingTarget: inItsList,
  getWebhookEndpoint: inItsList,
  getOrganization: 'for software that acts in several organizations; a person signs in to one',
  listOrganizations: 'for software that acts in several organizations; a person signs in to one',
  // By the API alone
  unpublishRecording: 'the replay page withdraws one by its visibility (`PATCH /recordings/{id}`)',
  // The same in another way
  addGroupMember: 'by account id, for software; people are added by their address',
  linkSessionGroup: 'one at a time by id, for software; the page opens a session to groups by the call for several',
  unlinkSessionGroups: 'several at once, for software; the page closes a session to one group after the other',
  inviteSpeaker: 'speakers are invited on the page of speakers and guests, by the call for all roles',
  inviteSpeakers: 'speakers are invited on the page of speakers and guests, by the call for all roles',
  listReplays: 'for a site of one’s own, over all rooms; in the app a replay is on the page of its room',
  listSessionRegistrations: 'the page of registrations shows the whole room, with those of each session',
};
