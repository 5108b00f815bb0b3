import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { Fault, Unreachable } from '../api/envelope';
import { sent } from '../api/sending';
import { whyNot } from './film';

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

/** A server that keeps what it is given. */
async function taking(answer: { status: number; body: object }) {
  const got: { request?: IncomingMessage; bytes: number } = { bytes: 0 };
  const server = createServer((request, response) => {
    const own = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*', 'Access-Control-Expose-Headers': '*' };
    if (request.method === 'OPTIONS') return void response.writeHead(204, own).end();
    got.request = request;
    request.on('data', (piece: Buffer) => (got.bytes += piece.length));
    request.on('end', () => response.writeHead(answer.status, { ...own, 'Retry-After': '7' }).end(JSON.stringify(answer.body)));
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/recordings` };
}

const asked = (url: string) => new Request(url, { method: 'POST', headers: { Authorization: 'Bearer x' } });
const never = new AbortController().signal;

it('is sent whole, says how far it is, and brings the answer as fetch does', async () => {
  const { got, url } = await taking({ status: 503, body: { success: false } });
  const heard: number[] = [];
  const answer = await sent(asked(url), new Blob([new Uint8Array(300_000)]), (share) => heard.push(share), never);
  expect([got.request?.method, got.request?.headers.authorization, got.bytes]).toEqual(['POST', 'Bearer x', 300_000]);
  expect([answer.status, answer.headers.get('Retry-After'), await answer.json()]).toEqual([503, '7', { success: false }]);
  expect(heard.at(-1)).toBe(1);
});

it('is given up when its page is left', async () => {
  const { url } = await taking({ status: 201, body: {} });
  const leaving = new AbortController();
  const call = sent(asked(url), new Blob(['film']), () => leaving.abort(), leaving.signal);
  leaving.abort();
  await expect(call).rejects.toThrow('It was given up.');
});

it.each([
  [new Unreachable(new TypeError('away')), 'recordings.film.brokeOff'],
  [new Fault(422, { code: 'validation_failed', message: 'No.', details: [{ field: 'content', code: 'codec', message: 'No.' }] }), 'recordings.film.codec'],
  [new Fault(422, { code: 'validation_failed', message: 'No.' }), 'fault.notSaved'],
  [new Fault(413, { code: 'payload_too_large', message: 'No.' }), 'recordings.film.tooLarge'],
  [new Fault(402, { code: 'quota_exceeded', message: 'No.' }), 'recordings.film.quota'],
])('says why a film was not taken: %s', (error, words) => {
  expect(whyNot(error)).toBe(words);
});
