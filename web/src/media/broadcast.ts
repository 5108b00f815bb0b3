import { type LocalTrack, Room, RoomEvent, Track, type TrackPublishOptions } from 'livekit-client';
import { type Ending, endingOf } from './reasons';
import { cameraOptions, type PublishSettings, reconnectPolicy } from './settings';

export type Link = 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'closed';

export interface BroadcastState {
  link: Link;
  screen: LocalTrack | null;
  /** Where the others are, while connected. */
  room: Room | null;
  /** Why it closed, when not by us. */
  ending: Ending | null;
}

export interface Access {
  url: string;
  token: string;
}

interface Ports {
  /** A fresh address and token; null when there is nothing to go on with. */
  access: () => Promise<Access | null>;
  tracks: () => LocalTrack[];
  wait: (ms: number) => Promise<void>;
}

const AGAIN_AFTER = [0, 500, 1000, 2000, 3000]; // ms, the last one repeats

/**
 * The host's outgoing connection. livekit-client mends short breaks itself; when it gives up (a media
 * server that came back knows nobody), we fetch a fresh token and publish anew, until closed.
 */
export class Broadcast {
  private room: Room | null = null;
  private closed = false;
  private state: BroadcastState = { link: 'idle', screen: null, room: null, ending: null };
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly settings: PublishSettings,
    private readonly ports: Ports,
  ) {}

  readonly snapshot = (): BroadcastState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Connects and publishes. Throws what the first connection throws. */
  async open(access: Access): Promise<void> {
    this.closed = false;
    this.change({ link: 'connecting', ending: null });
    try {
      await this.connect(access);
    } catch (error) {
      this.change({ link: 'idle' });
      throw error;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    this.state.screen?.stop();
    await this.room?.disconnect(false);
    this.room = null;
    this.change({ link: 'closed', screen: null, room: null });
  }

  /** Publishes a track that was opened after the connection, such as a camera plugged in late. */
  async add(track: LocalTrack): Promise<void> {
    const participant = this.room?.localParticipant;
    if (participant === undefined || this.state.link !== 'connected') return;
    const known = [...participant.trackPublications.values()].some((publication) => publication.track === track);
    if (!known) await participant.publishTrack(track, this.optionsFor(track));
  }

  /** Asks the person which screen or window; a refusal is no fault. Answers whether one is shared. */
  async shareScreen(): Promise<boolean> {
    const participant = this.room?.localParticipant;
    if (participant === undefined) return false;
    let tracks: LocalTrack[];
    try {
      tracks = await participant.createScreenTracks({ audio: true });
    } catch (error) {
      if (error instanceof Error && error.name === 'NotAllowedError') return false;
      throw error;
    }
    for (const track of tracks) await participant.publishTrack(track, this.optionsFor(track));
    const screen = tracks.find((track) => track.source === Track.Source.ScreenShare) ?? null;
    // The browser's own "Stop sharing" ends the track without asking us.
    screen?.mediaStreamTrack.addEventListener('ended', () => void this.stopScreen());
    this.change({ screen });
    return screen !== null;
  }

  async stopScreen(): Promise<void> {
    const participant = this.room?.localParticipant;
    const shared = [Track.Source.ScreenShare, Track.Source.ScreenShareAudio];
    for (const source of shared) {
      const track = participant?.getTrackPublication(source)?.track;
      if (track === undefined) continue;
      await participant?.unpublishTrack(track, true);
      track.stop();
    }
    this.change({ screen: null });
  }

  private async connect({ url, token }: Access): Promise<void> {
    const room = new Room({ stopLocalTrackOnUnpublish: false, reconnectPolicy });
    room
      .on(RoomEvent.Reconnecting, () => this.change({ link: 'reconnecting' }))
      .on(RoomEvent.SignalReconnecting, () => this.change({ link: 'reconnecting' }))
      .on(RoomEvent.Reconnected, () => this.change({ link: 'connected' }))
      .on(RoomEvent.Disconnected, (reason) => {
        if (room === this.room && !this.closed) void this.recover(endingOf(reason));
      });
    await room.connect(url, token);
    if (this.closed) {
      await room.disconnect(false);
      return;
    }
    this.room = room;
    const screen = this.state.screen === null ? [] : [this.state.screen];
    for (const track of [...this.ports.tracks(), ...screen]) {
      await room.localParticipant.publishTrack(track, this.optionsFor(track));
    }
    this.change({ link: 'connected', room });
  }

  private async recover(ending: Ending): Promise<void> {
    this.room = null;
    if (ending === 'elsewhere' || ending === 'removed') {
      this.change({ link: 'closed', ending });
      return;
    }
    this.change({ link: 'reconnecting' });
    for (let attempt = 0; !this.closed; attempt += 1) {
      await this.ports.wait(AGAIN_AFTER[Math.min(attempt, AGAIN_AFTER.length - 1)] ?? 0);
      if (this.closed) return;
      try {
        const access = await this.ports.access();
        if (access === null) {
          this.change({ link: 'closed', ending: 'over' });
          return;
        }
        await this.connect(access);
        return;
      } catch {
        // Still away: the next turn asks again.
      }
    }
  }

  private optionsFor(track: LocalTrack): TrackPublishOptions {
    if (track.source === Track.Source.Camera) return cameraOptions(this.settings);
    if (track.source === Track.Source.ScreenShare) return { videoCodec: this.settings.codec, simulcast: false };
    return {};
  }

  private change(change: Partial<BroadcastState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}
