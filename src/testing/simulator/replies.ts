import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Faults } from './knobs.ts';

const MOST_BODY_BYTES = 1024 * 1024;

/** Reads the whole body, up to 1 MiB, and hands it on; above that answers 413. */
export function withBody(request: IncomingMessage, response: ServerResponse, use: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MOST_BODY_BYTES) chunks.push(chunk);
  });
  request.on('end', () => {
    if (bytes > MOST_BODY_BYTES) problem(response, 413, `the body is over ${MOST_BODY_BYTES} bytes`);
    else use(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
  });
}

export function refuse(response: ServerResponse, { status, retryAfterSeconds }: NonNullable<Faults['refuse']>): void {
  if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', retryAfterSeconds);
  problem(response, status, 'refused, as the knobs ask');
}

export function problem(response: ServerResponse, status: number, detail: string): void {
  send(response, status, JSON.stringify({ status, detail }));
}

export function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': status < 400 ? 'application/json' : 'application/problem+json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** A second whole answer on the same connection, as a broken proxy sends it. */
export function sendAgainUnasked(response: ServerResponse, status: number, text: string): void {
  const { socket } = response;
  const head = `HTTP/1.1 ${status} Again\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}`;
  response.once('finish', () => socket?.write(`${head}\r\n\r\n${text}`));
}
