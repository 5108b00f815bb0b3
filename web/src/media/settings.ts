import type { RoomOptions, TrackPublishOptions, VideoCodec, VideoPreset as Preset } from 'livekit-client';
import { VideoPreset } from 'livekit-client';

/** How the studio sends its camera. */
export interface PublishSettings {
  height: number;
  fps: number;
  simulcast: boolean;
  codec: VideoCodec;
}

const RATIO = 16 / 9;
const BITS_PER_PIXEL = 0.065; // 1280 × 720 at 30 fps gives 1.8 Mbit/s
const SMALLEST_LAYER = 180;

/**
 * From the studio's address: `?height=360&fps=15&simulcast=0&codec=vp8`. Without `codec`, a recorded
 * session sends H.264, which the recorder copies instead of encoding anew.
 */
export function publishSettings(search: URLSearchParams, recorded: boolean): PublishSettings {
  const codec = search.get('codec');
  return {
    height: within(Number(search.get('height') ?? 720), SMALLEST_LAYER, 1080, 720),
    fps: within(Number(search.get('fps') ?? 30), 5, 60, 30),
    simulcast: search.get('simulcast') !== '0',
    codec: codec === 'vp8' || codec === 'h264' ? codec : recorded ? 'h264' : 'vp8',
  };
}

function within(value: number, low: number, high: number, otherwise: number): number {
  return Number.isFinite(value) && value > 0 ? Math.min(high, Math.max(low, Math.round(value))) : otherwise;
}

export function captureSize({ height, fps }: PublishSettings) {
  return { width: even(height * RATIO), height, frameRate: fps };
}

export function cameraOptions(settings: PublishSettings): TrackPublishOptions {
  return {
    videoCodec: settings.codec,
    simulcast: settings.simulcast,
    videoEncoding: encodingFor(settings.height, settings.fps).encoding,
    videoSimulcastLayers: lowerLayers(settings),
    // One layer keeps its size, so that a recording keeps its shape; with layers the client's own choice is right.
    ...(!settings.simulcast && { degradationPreference: 'maintain-resolution' as const }),
  };
}

function lowerLayers({ height, fps }: PublishSettings): Preset[] {
  return [height / 4, height / 2].filter((each) => each >= SMALLEST_LAYER).map((each) => encodingFor(each, fps));
}

function encodingFor(height: number, fps: number): Preset {
  const width = even(height * RATIO);
  return new VideoPreset(width, height, Math.round(width * height * fps * BITS_PER_PIXEL), fps);
}

function even(value: number): number {
  return 2 * Math.round(value / 2);
}

/** Gives up after about fifteen seconds: from then on joining anew, with a fresh token, is the better way. */
const RECONNECT_DELAYS = [0, 250, 250, 400, 400, 400, 400, 500, 500, 1000, 1000, 2000, 2000, 3000, 3000]; // ms

export const reconnectPolicy: RoomOptions['reconnectPolicy'] = {
  nextRetryDelayInMs: ({ retryCount }) => RECONNECT_DELAYS[retryCount] ?? null,
};
