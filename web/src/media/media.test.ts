import { describe, expect, it } from 'vitest';
import { deviceFault } from './faults';
import { levelOf } from './level';
import { cameraOptions, publishSettings } from './settings';

function failing(name: string, message = ''): Error {
  return Object.assign(new Error(message), { name });
}

describe('a device that does not work', () => {
  it.each([
    ['NotAllowedError', 'denied', 'refused'],
    ['NotAllowedError', 'granted', 'systemBlock'],
    ['NotFoundError', 'granted', 'missing'],
    ['NotReadableError', 'granted', 'busy'],
    ['OverconstrainedError', null, 'missing'],
    ['TypeError', null, 'other'],
  ] as const)('%s with permission %s is "%s"', (name, permission, fault) => {
    expect(deviceFault(failing(name), permission)).toBe(fault);
  });

  it('is blocked by the system where the browser says so', () => {
    expect(deviceFault(failing('NotAllowedError', 'Permission denied by system'), null)).toBe('systemBlock');
  });
});

describe('what the studio sends', () => {
  it('is 720p with layers by default', () => {
    expect(publishSettings(new URLSearchParams(), false)).toEqual({ height: 720, fps: 30, simulcast: true, codec: 'vp8' });
  });

  it('is H.264 when it is recorded', () => {
    expect(publishSettings(new URLSearchParams(), true).codec).toBe('h264');
  });

  it('follows the address', () => {
    const asked = new URLSearchParams('height=360&fps=15&simulcast=0&codec=vp8');
    expect(publishSettings(asked, true)).toEqual({ height: 360, fps: 15, simulcast: false, codec: 'vp8' });
  });

  it('ignores nonsense in the address', () => {
    expect(publishSettings(new URLSearchParams('height=abc&fps=-1&codec=mpeg1'), false)).toEqual({
      height: 720, fps: 30, simulcast: true, codec: 'vp8',
    });
  });

  it('has a quarter and a half as lower layers, none below 180 lines', () => {
    const layers = (height: number) =>
      cameraOptions({ height, fps: 30, simulcast: true, codec: 'vp8' }).videoSimulcastLayers?.map((layer) => layer.height);
    expect(layers(720)).toEqual([180, 360]);
    expect(layers(360)).toEqual([180]);
  });
});

describe('loudness', () => {
  it('is 0 in silence and 1 at full scale', () => {
    expect(levelOf(new Float32Array(64))).toBe(0);
    expect(levelOf(new Float32Array(64).fill(1))).toBe(1);
  });
});
