// Centrifugo's own JavaScript client, led by lines of JSON on standard input; every event is a line on standard output.
// usage: node client.mjs URL '{"data": …, "token": …}'
import { createInterface } from 'node:readline';
import { Centrifuge } from 'centrifuge';
import WebSocket from 'ws';

const [url, options] = process.argv.slice(2);
const say = (event, fields) => process.stdout.write(JSON.stringify({ event, ...fields }) + '\n');

const client = new Centrifuge(url, {
  websocket: WebSocket,
  minReconnectDelay: 50,
  maxReconnectDelay: 200,
  ...JSON.parse(options),
});

const publication = ({ channel, offset, data }) => say('publication', { channel, offset, data });
const subscribed = ({ channel, data, recovered, wasRecovering, streamPosition }) =>
  say('subscribed', { channel, data, recovered, was_recovering: wasRecovering, offset: streamPosition?.offset });
const unsubscribed = ({ channel, code, reason }) => say('unsubscribed', { channel, code, reason });

for (const state of ['connecting', 'connected', 'disconnected']) {
  client.on(state, ({ code, reason }) => say(state, { code, reason }));
}
client.on('subscribed', subscribed);
client.on('publication', publication);
client.on('unsubscribed', unsubscribed);

const commands = {
  subscribe(channel) {
    const subscription = client.newSubscription(channel);
    subscription.on('subscribed', subscribed);
    subscription.on('publication', publication);
    subscription.on('unsubscribed', unsubscribed);
    subscription.subscribe();
  },
  unsubscribe(channel) {
    client.getSubscription(channel).unsubscribe();
  },
};

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { command, channel } = JSON.parse(line);
    commands[command](channel);
  })
  .on('close', () => process.exit(0));
client.connect();
