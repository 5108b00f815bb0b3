// People of a conformance case by livekit-client: connections that remember what they were told.
// Python asks `people.alice`; see scripts.py.
'use strict';
const people = {};

const text = (bytes) => new TextDecoder().decode(bytes);
const bytes = (string) => new TextEncoder().encode(string);

// What is kept of an event: plain values of its arguments.
const HEARD = {
  activeSpeakersChanged: (speakers) => [speakers.map((each) => each.identity)],
  connectionQualityChanged: (quality, who) => [quality, who.identity],
  dataReceived: (data, who, kind, topic) => [text(data), who ? who.identity : null, kind, topic],
  disconnected: (reason) => [LivekitClient.DisconnectReason[reason]],
  localTrackPublished: (publication) => [publication.source],
  localTrackUnpublished: (publication) => [publication.source],
  participantAttributesChanged: (changed, who) => [changed, who.identity],
  participantConnected: (who) => [who.identity],
  participantDisconnected: (who) => [who.identity],
  participantEncryptionStatusChanged: (encrypted, who) => [encrypted, who ? who.identity : null],
  participantMetadataChanged: (before, who) => [who.metadata, who.identity],
  participantNameChanged: (name, who) => [name, who.identity],
  participantPermissionsChanged: (before, who) => [who.identity],
  reconnected: () => [],
  reconnecting: () => [],
  roomMetadataChanged: (metadata) => [metadata],
  signalReconnecting: () => [],
  trackMuted: (publication, who) => [publication.source, who.identity],
  trackPublished: (publication, who) => [publication.source, who.identity],
  trackStreamStateChanged: (publication, state, who) => [state, who.identity],
  trackSubscribed: (track, publication, who) => [publication.source, who.identity],
  trackSubscriptionPermissionChanged: (publication, status, who) => [status, who.identity],
  trackUnmuted: (publication, who) => [publication.source, who.identity],
  trackUnpublished: (publication, who) => [publication.source, who.identity],
  trackUnsubscribed: (track, publication, who) => [publication.source, who.identity],
};

class Person {
  constructor(options, secret) {
    if (secret) {
      const keyProvider = new LivekitClient.ExternalE2EEKeyProvider();
      keyProvider.setKey(secret);
      options = { ...options, encryption: { keyProvider, worker: new Worker('/e2ee.worker.js') } };
    }
    this.room = new LivekitClient.Room(options);
    this.heard = [];
    this.kept = {}; // whatever a case wants to find again
    for (const [name, plain] of Object.entries(HEARD)) {
      this.room.on(name, (...them) => this.heard.push([name, ...plain(...them)]));
    }
    this.room.on('trackSubscribed', (track) => {
      const element = track.attach();
      element.muted = true;
      element.style = 'display: block; width: 640px; height: 360px';
      document.body.appendChild(element);
    });
    this.room.on('trackUnsubscribed', (track) => track.detach().forEach((element) => element.remove()));
  }

  get me() {
    return this.room.localParticipant;
  }

  told(name) {
    return this.heard.filter((event) => event[0] === name).map((event) => event.slice(1));
  }

  remote(identity) {
    return this.room.remoteParticipants.get(identity);
  }

  seen(identity, source = 'camera') {
    return this.remote(identity)?.getTrackPublication(source);
  }

  async until(condition, what, within) {
    const deadline = performance.now() + within;
    for (;;) {
      const value = await condition();
      if (value) return value;
      if (performance.now() > deadline) {
        const last = JSON.stringify({ heard: this.heard.slice(-12), received: await this.received() });
        throw new Error(`${this.me.identity}: not within ${within} ms: ${what}; ${last}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  // One entry for each track that arrives.
  async received() {
    const found = [];
    for (const who of this.room.remoteParticipants.values()) {
      for (const publication of who.trackPublications.values()) {
        const receiver = publication.track?.receiver;
        if (!receiver) continue;
        const reports = await receiver.getStats();
        for (const report of reports.values()) {
          if (report.type !== 'inbound-rtp') continue;
          found.push({
            from: who.identity,
            source: publication.source,
            codec: reports.get(report.codecId)?.mimeType.split('/')[1].toLowerCase(),
            frames: report.framesDecoded || 0,
            width: report.frameWidth || 0,
            packets: report.packetsReceived || 0,
            lost: report.packetsLost || 0,
          });
        }
      }
    }
    return found;
  }

  async one(identity, source = 'camera') {
    const none = { frames: 0, width: 0, packets: 0, lost: 0 };
    return (await this.received()).find((each) => each.from === identity && each.source === source) || none;
  }

  // A tone that was made here, without a pause: the fake microphone of Chromium only beeps.
  async hum() {
    const sound = (this.kept.sound = new AudioContext());
    const tone = sound.createOscillator();
    const out = sound.createMediaStreamDestination();
    tone.connect(out);
    tone.start();
    return this.me.publishTrack(out.stream.getAudioTracks()[0], { source: 'microphone' });
  }

  // A picture that was made here: no camera needs to be opened for it.
  async draw(width, height, options) {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width, height });
    const context = canvas.getContext('2d');
    let turn = 0;
    const paint = () => {
      turn += 1;
      for (let x = 0; x < width; x += width / 8) {
        context.fillStyle = `hsl(${(turn * 7 + x) % 360} 80% 50%)`;
        context.fillRect(x, 0, width / 8, height);
      }
    };
    this.kept.painting = setInterval(paint, 50);
    paint();
    const [track] = canvas.captureStream(20).getVideoTracks();
    return this.me.publishTrack(track, { source: 'camera', ...options });
  }
}

async function join(identity, url, token, { room = {}, connect = {}, secret = '' }) {
  const person = (people[identity] = new Person(room, secret));
  if (secret) await person.room.setE2EEEnabled(true);
  await person.room.connect(url, token, connect);
  return person.me.sid;
}
