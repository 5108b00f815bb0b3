import { createLocalAudioTrack, createLocalVideoTrack, type LocalAudioTrack, type LocalTrack, type LocalVideoTrack } from 'livekit-client';
import { type DeviceFault, deviceFault, permissionFor } from './faults';
import { captureSize, type PublishSettings } from './settings';

export type DeviceKind = 'camera' | 'microphone';

interface Device<T> {
  track: T | null;
  fault: DeviceFault | null;
  /** Asking the person or the device. */
  opening: boolean;
  on: boolean;
  choices: readonly MediaDeviceInfo[];
  chosen: string | undefined;
}

export interface LocalState {
  camera: Device<LocalVideoTrack>;
  microphone: Device<LocalAudioTrack>;
}

const choicesKey = 'livehall.devices';
const closed = { track: null, fault: null, opening: true, on: true, choices: [], chosen: undefined };

/** This person's own camera and microphone, from the preview to the end of the broadcast. */
export class LocalMedia {
  private state: LocalState = { camera: closed, microphone: closed };
  private readonly listeners = new Set<() => void>();
  private disposed = false;

  constructor(private readonly settings: PublishSettings) {}

  readonly snapshot = (): LocalState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Asks for both; one that fails leaves the other. Never throws: faults are part of the state. */
  async open(): Promise<void> {
    if (hasMediaDevices()) navigator.mediaDevices.addEventListener('devicechange', this.listDevices);
    await Promise.all([this.openCamera(), this.openMicrophone()]);
    await this.listDevices();
  }

  async retry(kind: DeviceKind): Promise<void> {
    await (kind === 'camera' ? this.openCamera() : this.openMicrophone());
    await this.listDevices();
  }

  close(): void {
    this.disposed = true;
    if (hasMediaDevices()) navigator.mediaDevices.removeEventListener('devicechange', this.listDevices);
    this.state.camera.track?.stop();
    this.state.microphone.track?.stop();
  }

  async choose(kind: DeviceKind, deviceId: string): Promise<void> {
    remember(kind, deviceId);
    const { track } = this.state[kind];
    if (track === null) {
      await this.retry(kind);
      return;
    }
    try {
      await track.setDeviceId(deviceId);
      this.change(kind, { chosen: deviceId, fault: null });
    } catch (error) {
      this.change(kind, { fault: deviceFault(error, await permissionFor(kind)) });
    }
  }

  /** Answers whether it is on afterwards. */
  async toggle(kind: DeviceKind): Promise<boolean> {
    const { track, on } = this.state[kind];
    if (track === null) {
      await this.retry(kind);
      return this.state[kind].track !== null;
    }
    try {
      await (on ? track.mute() : track.unmute());
      this.change(kind, { on: !on, fault: null });
    } catch (error) {
      this.change(kind, { fault: deviceFault(error, await permissionFor(kind)) });
    }
    return this.state[kind].on;
  }

  private openCamera(): Promise<void> {
    const { frameRate, ...resolution } = captureSize(this.settings);
    return this.acquire(
      'camera',
      (device) => createLocalVideoTrack({ ...device, resolution: { ...resolution, frameRate } }),
      (change) => this.change('camera', change),
    );
  }

  private openMicrophone(): Promise<void> {
    return this.acquire(
      'microphone',
      (device) => createLocalAudioTrack({ ...device, echoCancellation: true, noiseSuppression: true, autoGainControl: true }),
      (change) => this.change('microphone', change),
    );
  }

  private async acquire<T extends LocalTrack>(
    kind: DeviceKind,
    create: (device: { deviceId?: string }) => Promise<T>,
    change: (change: Partial<Device<T>>) => void,
  ): Promise<void> {
    if (!hasMediaDevices()) {
      change({ opening: false, fault: 'insecure' });
      return;
    }
    change({ opening: true, fault: null });
    const deviceId = remembered(kind);
    try {
      const track = await create(deviceId === undefined ? {} : { deviceId });
      if (this.disposed) track.stop();
      else change({ track, opening: false, on: true, chosen: await track.getDeviceId() });
    } catch (error) {
      change({ opening: false, fault: deviceFault(error, await permissionFor(kind)) });
    }
  }

  private readonly listDevices = async (): Promise<void> => {
    if (!hasMediaDevices()) return;
    const all = await navigator.mediaDevices.enumerateDevices();
    // Before a permission is given, browsers list devices without names: nothing to choose from.
    const named = all.filter((device) => device.deviceId !== '' && device.label !== '');
    this.change('camera', { choices: named.filter((device) => device.kind === 'videoinput') });
    this.change('microphone', { choices: named.filter((device) => device.kind === 'audioinput') });
  };

  private change<K extends DeviceKind>(kind: K, change: Partial<LocalState[K]>): void {
    this.state = { ...this.state, [kind]: { ...this.state[kind], ...change } };
    for (const listener of this.listeners) listener();
  }
}

/** Browsers keep them from pages without HTTPS, whatever the types say. */
function hasMediaDevices(): boolean {
  return 'mediaDevices' in navigator;
}

function remembered(kind: DeviceKind): string | undefined {
  const kept = JSON.parse(localStorage.getItem(choicesKey) ?? '{}') as Partial<Record<DeviceKind, string>>;
  return kept[kind];
}

function remember(kind: DeviceKind, deviceId: string): void {
  const kept = JSON.parse(localStorage.getItem(choicesKey) ?? '{}') as Partial<Record<DeviceKind, string>>;
  localStorage.setItem(choicesKey, JSON.stringify({ ...kept, [kind]: deviceId }));
}
