import { Fault } from '../api/envelope';

/** An answer that another attempt would not change. */
export function isRefusal(error: unknown): error is Fault {
  return error instanceof Fault && error.status < 500 && error.status !== 429;
}
