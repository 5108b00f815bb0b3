import type { Fault } from '../api/envelope';
import type { Seat } from '../api/queries';
import { isRefusal } from './refusal';

export type Delivery = 'webrtc' | 'hls';

export type SeatState =
  | { phase: 'joining' | 'away' | 'left'; seat: null }
  | { phase: 'waiting'; seat: Seat }
  | { phase: 'seated'; seat: Seat }
  | { phase: 'refused'; seat: null; fault: Fault };

interface Ports {
  /** Throws: Fault, Unreachable. */
  join: (prefer: Delivery | undefined) => Promise<Seat>;
  /** Best effort; the page may be gone before the answer is there. */
  leave: () => void;
}

const ASK_AGAIN = 3000; // ms, while waiting to be let in or for the server

/**
 * A person's place in a session: joins, joins again while waiting or while the server is away, and leaves.
 * Whoever is seated keeps the seat on screen when the server goes away, chat and all.
 */
export class SeatKeeper {
  private state: SeatState = { phase: 'joining', seat: null };
  private prefer: Delivery | undefined;
  private taken = false;
  private active = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly ports: Ports) {}

  readonly snapshot = (): SeatState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Joins (again): a fresh media token, the same attendance. */
  readonly join = async (prefer?: Delivery): Promise<void> => {
    this.active = true;
    clearTimeout(this.timer);
    this.prefer = prefer ?? this.prefer;
    try {
      const seat = await this.ask();
      if (!this.active) {
        this.giveUp(); // the page left while the answer was on its way
        return;
      }
      const admitted = seat.admission === 'admitted';
      this.change({ phase: admitted ? 'seated' : 'waiting', seat });
      if (!admitted) this.joinLater();
    } catch (error) {
      if (!this.active) return;
      if (isRefusal(error)) {
        this.taken = false;
        this.change({ phase: 'refused', seat: null, fault: error });
        return;
      }
      if (this.state.phase !== 'seated') this.change({ phase: 'away', seat: null });
      this.joinLater();
    }
  };

  /** A realtime token for the hub's next connection; the media connection is not touched. Throws as `join` does. */
  readonly renew = async (): Promise<string> => (await this.ask()).realtime.token;

  /** By the person's own wish. */
  readonly leave = (): void => {
    this.giveUp();
    this.change({ phase: 'left', seat: null });
  };

  /** The page goes: the seat is given back, what is on screen stays. */
  readonly giveUp = (): void => {
    this.active = false;
    clearTimeout(this.timer);
    if (!this.taken) return;
    this.taken = false;
    this.ports.leave();
  };

  private async ask(): Promise<Seat> {
    const seat = await this.ports.join(this.prefer);
    this.taken = seat.admission === 'admitted';
    return seat;
  }

  private joinLater(): void {
    this.timer = setTimeout(() => void this.join(), ASK_AGAIN);
  }

  private change(state: SeatState): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}
