// What the clients have in common: what they are given, and how they take an answer.
import { readFileSync } from 'node:fs';
import type { Middleware } from 'openapi-fetch';

const called = new Set<string>();

/** Notes which operations of the contract were called, as `VERB /path`. */
export const noting: Middleware = {
  onRequest({ request, schemaPath }) {
    called.add(`${request.method} ${schemaPath}`);
  },
};

/** What the test hands over, as JSON on standard input. */
export function given<T>(): T {
  return JSON.parse(readFileSync(0, 'utf8')) as T;
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of an answer with this status; anything else ends the client. */
export function body<T>(answer: Answer<T>, status = 200): NonNullable<T> {
  done(answer, status);
  if (answer.data === undefined || answer.data === null) throw new Error(`${answer.response.url}: no body`);
  return answer.data;
}

/** An answer with this status, whatever its body. */
export function done(answer: Answer<unknown>, status = 204): void {
  if (answer.response.status === status) return;
  throw new Error(`${answer.response.url}: ${answer.response.status} ${JSON.stringify(answer.error)}`);
}

/** The status and the body of a refusal. */
export function refused<E>(answer: { error?: E; response: Response }): { status: number; error: E | undefined } {
  return { status: answer.response.status, error: answer.error };
}

/** The first answer that holds, of those asked for twice a second; without one in time the client ends. */
export async function eventually<T>(
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
  withinS: number,
): Promise<T> {
  const deadline = Date.now() + withinS * 1000;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${withinS} s; last: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** What the client found out, for the test, and which operations it called. */
export function tell(found: object): void {
  console.log(JSON.stringify({ ...found, called: [...called].sort() })); // what the test in Python reads
}
