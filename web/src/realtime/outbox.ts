import { Fault } from '../api/envelope';
import type { ChatFile } from './events';

export interface Pending {
  clientId: string;
  text: string;
  /** Its file, which is there already. */
  file: ChatFile | null;
  state: 'sending' | 'failed';
}

interface Ports {
  /** Delivers one message; the same `clientId` twice stores it once. */
  send: (message: { text: string; clientId: string; file: ChatFile | null }) => Promise<void>;
  wait: (ms: number) => Promise<void>;
}

const RETRY_AFTER = [500, 1000, 2000, 3000]; // ms, the last one repeats
const GIVE_UP_AFTER = 30; // attempts

/**
 * What was written and is not confirmed yet. Messages leave one after another, in order; silence and a
 * part that is away are tried again with the same client id, so that nothing is lost and nothing doubled.
 * A refusal stops that message and is shown with a way to try again.
 */
export class Outbox {
  private items: readonly Pending[] = [];
  private working = false;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly ports: Ports) {}

  readonly list = (): readonly Pending[] => this.items;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  add(text: string, file: ChatFile | null = null): void {
    this.change([...this.items, { clientId: newId(), text, file, state: 'sending' }]);
    void this.work();
  }

  again(clientId: string): void {
    this.change(this.items.map((item) => (item.clientId === clientId ? { ...item, state: 'sending' } : item)));
    void this.work();
  }

  drop(clientId: string): void {
    this.change(this.items.filter((item) => item.clientId !== clientId));
  }

  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    for (let next = this.next(); next !== undefined; next = this.next()) {
      if (await this.deliver(next)) this.drop(next.clientId);
      else this.change(this.items.map((item) => (item.clientId === next?.clientId ? { ...item, state: 'failed' } : item)));
    }
    this.working = false;
  }

  private next(): Pending | undefined {
    return this.items.find((item) => item.state === 'sending');
  }

  private async deliver({ text, clientId, file }: Pending): Promise<boolean> {
    for (let attempt = 0; attempt < GIVE_UP_AFTER; attempt += 1) {
      try {
        await this.ports.send({ text, clientId, file });
        return true;
      } catch (error) {
        const pause = pauseAfter(error, attempt);
        if (pause === null) return false;
        await this.ports.wait(pause);
      }
    }
    return false;
  }

  private change(items: readonly Pending[]): void {
    this.items = items;
    for (const listener of this.listeners) listener();
  }
}

/** Milliseconds until the next attempt; null when another attempt cannot help. */
function pauseAfter(error: unknown, attempt: number): number | null {
  if (error instanceof Fault && error.status === 429) return (error.retryAfter ?? 2) * 1000;
  if (error instanceof Fault && error.status < 500) return null;
  return RETRY_AFTER[Math.min(attempt, RETRY_AFTER.length - 1)] ?? null;
}

// `crypto.randomUUID` is missing on pages without HTTPS; `getRandomValues` is not.
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
