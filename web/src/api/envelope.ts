import { noteServerTime } from '../clock';
import type { components } from './schema';

export type ErrorDetail = components['schemas']['ErrorDetail'];

/** The server said no. `code` never changes its meaning; `requestId` is what support asks for. */
export class Fault extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: readonly ErrorDetail[];
  readonly requestId: string | undefined;
  /** Seconds to wait before another attempt, where the server names them. */
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    body: { code: string; message: string; details?: ErrorDetail[]; request_id?: string },
    retryAfter?: number,
  ) {
    super(body.message);
    this.name = 'Fault';
    this.status = status;
    this.code = body.code;
    this.details = body.details ?? [];
    this.requestId = body.request_id;
    this.retryAfter = retryAfter;
  }

  field(name: string): string | undefined {
    return this.details.find((detail) => detail.field === name)?.message;
  }
}

/** No answer came: the network is away, or the server is. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super('The server could not be reached.', { cause });
    this.name = 'Unreachable';
  }
}

interface Answer<T> {
  data?: { data: T; timestamp: number };
  error?: unknown;
  response: Response;
}

/** Opens the envelope. Throws: Fault (a refusal), Unreachable (no answer). */
export async function open<T>(call: Promise<Answer<T>>): Promise<T> {
  const sentAt = Date.now();
  const { data, error, response } = await reached(call);
  if (data !== undefined && response.ok) {
    noteServerTime(data.timestamp, sentAt, Date.now());
    return data.data;
  }
  throw faultOf(error, response);
}

/** For operations that answer 204. Throws as `open`. */
export async function done(call: Promise<{ error?: unknown; response: Response }>): Promise<void> {
  const { error, response } = await reached(call);
  if (!response.ok) throw faultOf(error, response);
}

async function reached<A>(call: Promise<A>): Promise<A> {
  try {
    return await call;
  } catch (cause) {
    throw cause instanceof Fault ? cause : new Unreachable(cause);
  }
}

export function faultOf(error: unknown, response: Response): Fault {
  const retry = Number(response.headers.get('Retry-After') ?? Number.NaN);
  const body = isErrorEnvelope(error)
    ? error.error
    : { code: response.status >= 500 ? 'unavailable' : 'unknown', message: response.statusText };
  const requestId = body.request_id ?? response.headers.get('X-Request-Id') ?? undefined;
  return new Fault(response.status, { ...body, request_id: requestId }, Number.isFinite(retry) ? retry : undefined);
}

function isErrorEnvelope(value: unknown): value is components['schemas']['ErrorResponse'] {
  return typeof value === 'object' && value !== null && 'error' in value && typeof value.error === 'object';
}
