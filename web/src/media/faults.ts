/** Why a camera or microphone cannot be used, told apart by what the person has to do about it. */
export type DeviceFault = 'insecure' | 'refused' | 'systemBlock' | 'busy' | 'missing' | 'other';

/**
 * `permission` is the browser's own answer for this page, where it gives one: a refusal although the
 * page has the permission comes from the operating system.
 */
export function deviceFault(error: unknown, permission: PermissionState | null): DeviceFault {
  if (!(error instanceof Error)) return 'other';
  switch (error.name) {
    case 'NotAllowedError':
    case 'SecurityError':
    case 'PermissionDeniedError':
      return permission === 'granted' || /system/i.test(error.message) ? 'systemBlock' : 'refused';
    case 'NotFoundError':
    case 'DevicesNotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return 'busy';
    default:
      return 'other';
  }
}

export async function permissionFor(kind: 'camera' | 'microphone'): Promise<PermissionState | null> {
  try {
    return (await navigator.permissions.query({ name: kind as PermissionName })).state;
  } catch {
    return null; // this browser does not tell
  }
}
