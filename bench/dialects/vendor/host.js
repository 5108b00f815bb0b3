// The vendor's own service, @sourceloop/video-conferencing-service (MIT), as an operator would mount it.
//
// Its routes, sequence, sign-in, permissions, checks, services and repositories are the package's. Ours are
// what its README has an application bring: a data source, and (instead of an account at Vonage) a provider
// that answers from memory with what Vonage's would, a signed token included. It is bound once, so that
// nothing is made anew for a request but what the package makes.
//
// The environment: PORT, DB_URL, DB_POOL, ARCHIVES; the package itself reads NODE_ENV, LOG_LEVEL, JWT_SECRET
// and JWT_ISSUER. Modules are found by NODE_PATH.
'use strict';

const {createHmac, randomBytes, randomUUID} = require('node:crypto');
const {RepositoryMixin, juggler} = require('@loopback/repository');
const {RestApplication} = require('@loopback/rest');
const {
  VideoChatBindings, VideoConfDatasource, VideoConfServiceComponent,
} = require('@sourceloop/video-conferencing-service');

const PROJECT = '100001';
const SECRET = randomBytes(20).toString('hex');
const DAY_S = 86_400;
const {env} = process;

const base64 = value => Buffer.from(JSON.stringify(value)).toString('base64url');
const HEADER = base64({alg: 'HS256', typ: 'JWT'});

function newSessionId() {
  return `1_${randomBytes(48).toString('base64url')}`;
}

function newToken(sessionId, {role = 'publisher', data = ''}) {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: PROJECT, ist: 'project', iat: now, exp: now + DAY_S, jti: randomUUID(), scope: 'session.connect',
    session_id: sessionId, role, connection_data: data, initial_layout_class_list: '',
  };
  const signed = `${HEADER}.${base64(claims)}`;
  return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`;
}

function newArchive(number) {
  const id = randomUUID();
  return {
    createdAt: Date.now(), duration: 3600, hasAudio: true, hasVideo: true, id, name: `Recording ${number}`,
    outputMode: 'composed', partnerId: Number(PROJECT), reason: '', sessionId: newSessionId(), size: 1e8,
    status: 'available', url: `https://archives.example.org/${PROJECT}/${id}/archive.mp4`,
  };
}

const archives = Array.from({length: Number(env.ARCHIVES)}, (_, number) => newArchive(number));
const shown = archive => ({name: archive.name, sessionId: archive.sessionId, metaData: archive});

const provider = {
  getMeetingLink: async () => ({
    mediaMode: 'routed', archiveMode: 'manual', sessionId: newSessionId(), isArchived: true,
  }),
  getToken: async (sessionId, options) => ({sessionId, token: newToken(sessionId, options)}),
  getArchives: async () => ({count: archives.length, items: archives.map(shown)}),
  getFeatures: () => ({archive: true, schedule: true}),
};

class Host extends RepositoryMixin(RestApplication) {
  constructor() {
    super({rest: {host: '127.0.0.1', port: Number(env.PORT)}});
    this.component(VideoConfServiceComponent);
    this.bind(VideoChatBindings.VideoChatProvider).to(provider);
    this.dataSource(
      new juggler.DataSource({
        name: VideoConfDatasource, connector: 'postgresql', url: env.DB_URL, schema: 'videochatms',
        max: Number(env.DB_POOL),
      }),
    );
  }
}

new Host().start().catch(error => {
  console.error(error);
  process.exit(1);
});
