import { Centrifuge, type Subscription } from 'centrifuge';
import type { LiveEvent } from './events';

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
  /** Asked at each connection; null makes an anonymous one, which hears `room:` channels only. */
  token: () => Promise<string | null>;
  channels: Record<string, ChannelListener>;
  onState?: (state: HubState) => void;
}

/** Connects and subscribes; the returned function ends it. */
export function listen({ url, token, channels, onState }: HubOptions): () => void {
  const client = new Centrifuge(url, {
    getData: async () => {
      const present = await token();
      return present === null ? {} : { token: present };
    },
    minReconnectDelay: 300,
    maxReconnectDelay: 5000,
  });

  let wasConnected = false;
  client.on('connected', () => {
    wasConnected = true;
    onState?.('connected');
  });
  client.on('connecting', () => onState?.(wasConnected ? 'reconnecting' : 'connecting'));
  client.on('disconnected', () => onState?.('closed'));

  for (const [channel, listener] of Object.entries(channels)) {
    follow(client.newSubscription(channel, { recoverable: true, positioned: true }), listener);
  }
  client.connect();
  return () => {
    client.removeAllListeners();
    client.disconnect();
  };
}

function follow(subscription: Subscription, listener: ChannelListener): void {
  subscription.on('subscribed', (context) => {
    if (context.data !== undefined && context.data !== null) listener.onSnapshot?.(context.data);
    if (context.wasRecovering && !context.recovered) listener.onGap?.();
  });
  subscription.on('publication', ({ data }) => listener.onEvent(data as LiveEvent));
  subscription.subscribe();
}
