import { Centrifuge, type Subscription, UnauthorizedError } from 'centrifuge';
import type { LiveEvent } from './events';
import { isRefusal } from './refusal';

export type HubState = 'connecting' | 'connected' | 'reconnecting' | 'closed';

export interface ChannelListener {
  /** A subscription's answer: at first, and after each return of the connection. */
  onSnapshot?: (data: unknown) => void;
  onEvent: (event: LiveEvent) => void;
  /** Publications were lost beyond recovery: read the state again. */
  onGap?: () => void;
}

export interface HubOptions {
  url: string;
  /** Null makes an anonymous connection, which hears `room:` channels only. */
  token: { first: string; renew: () => Promise<string> } | null;
  channels: Record<string, ChannelListener>;
  onState?: (state: HubState) => void;
  /** From the person's own channel, to which the server subscribes by itself. */
  onOwnEvent?: (event: LiveEvent) => void;
}

const GOOD_FOR = 300_000; // ms; the server lets a realtime token connect for 10 minutes
const TOKEN_EXPIRED = 4001; // contracts/realtime.md, "Connect"

/** Connects and subscribes; the returned function ends it. */
export function listen({ url, token, channels, onState, onOwnEvent }: HubOptions): () => void {
  const wallet = token === null ? null : new Wallet(token.first, token.renew);
  const client = new Centrifuge(url, {
    getData: async () => (wallet === null ? {} : { token: await wallet.token() }),
    minReconnectDelay: 300,
    maxReconnectDelay: 3000,
  });

  let wasConnected = false;
  client.on('connected', () => {
    wasConnected = true;
    onState?.('connected');
  });
  client.on('connecting', ({ code }) => {
    if (code === TOKEN_EXPIRED) wallet?.discard();
    onState?.(wasConnected ? 'reconnecting' : 'connecting');
  });
  client.on('disconnected', () => onState?.('closed'));
  client.on('publication', ({ channel, data }) => {
    if (channel.startsWith('user:')) onOwnEvent?.(data as LiveEvent);
  });

  for (const [channel, listener] of Object.entries(channels)) {
    follow(client.newSubscription(channel, { recoverable: true, positioned: true }), listener);
  }
  client.connect();
  return () => {
    client.removeAllListeners();
    client.disconnect();
  };
}

/** The connection token, used again while it is good: a short break needs no other answer from the server. */
class Wallet {
  private goodUntil = Date.now() + GOOD_FOR;

  constructor(
    private present: string,
    private readonly renew: () => Promise<string>,
  ) {}

  /** Throws UnauthorizedError, which ends the connection, when the server refuses another token. */
  async token(): Promise<string> {
    if (Date.now() < this.goodUntil) return this.present;
    try {
      this.present = await this.renew();
    } catch (error) {
      throw isRefusal(error) ? new UnauthorizedError(error.message) : error;
    }
    this.goodUntil = Date.now() + GOOD_FOR;
    return this.present;
  }

  discard(): void {
    this.goodUntil = 0;
  }
}

function follow(subscription: Subscription, listener: ChannelListener): void {
  subscription.on('subscribed', (context) => {
    if (context.data !== undefined && context.data !== null) listener.onSnapshot?.(context.data);
    if (context.wasRecovering && !context.recovered) listener.onGap?.();
  });
  subscription.on('publication', ({ data }) => listener.onEvent(data as LiveEvent));
  subscription.subscribe();
}
