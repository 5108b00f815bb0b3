/** What a player played, in seconds of media: `start` to `end`. */
export interface Stretch {
  start: number;
  end: number;
}

const JUMP = 1.5; // s of media between two looks: more is a leap, not playing
const MOST = 100; // stretches in one beat

/**
 * Gathers the stretches of a recording that were played. Look often (`timeupdate` comes four times a second);
 * pausing adds nothing, a leap begins another stretch.
 */
export class Watched {
  private done: Stretch[] = [];
  private running: Stretch | null = null;

  /** The player is at this position and plays. */
  look(position: number, rate = 1): void {
    const last = this.running;
    const step = last === null ? -1 : position - last.end;
    if (last !== null && step >= 0 && step <= JUMP * Math.max(rate, 1)) {
      last.end = position;
      return;
    }
    this.rest();
    this.running = { start: position, end: position };
  }

  /** The player pauses, leaps or is over. */
  rest(): void {
    if (this.running !== null && this.running.end > this.running.start) this.done.push(this.running);
    this.running = null;
  }

  /** What was played since the last call. */
  take(): Stretch[] {
    const { running } = this;
    this.rest();
    if (running !== null) this.running = { start: running.end, end: running.end };
    return this.done.splice(0, MOST);
  }

  /** A beat did not arrive: its stretches go with the next one. */
  giveBack(stretches: Stretch[]): void {
    this.done.unshift(...stretches);
  }
}
