import { once } from 'node:events';
import { createServer, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { GiveUp, messageOf } from '../vocabulary/index.ts';
import { createApi } from './api.ts';
import type { ApiDeps } from './deps.ts';
import { problem, problemResponse } from './problem.ts';

export interface ServerOptions {
  readonly deps: ApiDeps;
  /** 0 takes any free one. */
  readonly port: number;
  /** An address of this machine; the API has one token and no TLS, so loopback it is. */
  readonly host: '127.0.0.1';
  readonly maxBodyBytes: number;
}

export interface Server {
  readonly url: string;
  /** Takes no more requests, gives those under way a moment to end, and closes. */
  stop(): Promise<void>;
}

/** A caller that takes longer to send its request is cut off. */
const REQUEST_LIMIT_MS = 30_000;
/** Longer than the API keeps anyone waiting. */
const GRACE_MS = 6_000;

/** Serves the API. Throws GiveUp `port-taken`. */
export async function startServer({ deps, port, host, maxBodyBytes }: ServerOptions): Promise<Server> {
  const server = createServer({ requestTimeout: REQUEST_LIMIT_MS, headersTimeout: REQUEST_LIMIT_MS });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new GiveUp('port-taken', `cannot listen on port \`${port}\`: ${messageOf(cause)}`, { cause });
  }
  const { port: bound } = server.address() as AddressInfo;
  const api = createApi(deps, { maxBodyBytes, port: bound });
  const serve = async (request: Request, { incoming }: Pick<HttpBindings, 'incoming'>): Promise<Response> => {
    const response = await api.fetch(request);
    // What is left of a body that was refused is not read: say that the connection ends, so that nobody sends more on it.
    if (!incoming.complete) response.headers.set('connection', 'close');
    return response;
  };
  const listener = getRequestListener((request, bindings) => serve(request, bindings as HttpBindings), {
    overrideGlobalObjects: false,
    // Only for what never reached the API: a request that is none.
    errorHandler: (error) =>
      problemResponse({ problem: problem('bad-request', `not a request: ${messageOf(error)}`), retryAfter: null }),
  });
  server.on('request', (incoming, outgoing) => void listener(incoming, outgoing));
  server.on('clientError', answerClientError);

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    const grace = setTimeout(() => server.closeAllConnections(), GRACE_MS);
    await closed;
    clearTimeout(grace);
  };
  return { url: `http://${host}:${bound}`, stop: () => (stopping ??= stop()) };
}

/** What Node could not read as HTTP never reaches the API: it gets the same kind of answer, and the connection ends. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = CLIENT_ERROR[error.code ?? ''] ?? 400;
  const body = JSON.stringify(
    problem('bad-request', `not HTTP that is served here: ${STATUS_CODES[status]}`, undefined, status),
  );
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

const CLIENT_ERROR: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };
