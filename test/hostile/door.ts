import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { STATUS_OF } from '../../src/serve/index.ts';

/** What came back from the door. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
  /** Of a problem. */
  readonly code: string | undefined;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as they are; without a length when there are several. */
  readonly body?: string | Buffer | readonly (string | Buffer)[];
}

/** Asks one platform over real sockets, as a caller who may do anything wrong. */
export interface Door {
  ask(path: string, options?: Ask): Promise<Answer>;
  /** Hands in one event, structured. */
  send(event: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Writes bytes to the socket and reads until it is closed. */
  raw(bytes: string | Buffer): Promise<string>;
  close(): void;
}

export function knockAt({ url, token }: { readonly url: string; readonly token: { readonly text: string } }): Door {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const { hostname, port } = new URL(url);
  const ask: Door['ask'] = (path, { method = 'GET', headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const given = { authorization: `Bearer ${token.text}`, ...headers };
      let answered = false;
      const asking = request({ agent, hostname, port, path, method, headers: given }, (response) => {
        answered = true;
        text(response).then((said) => resolve(answerOf(response.statusCode ?? 0, response.headers, said)), reject);
      });
      // A server that has answered may close before it has read everything.
      asking.on('error', (error) => (answered ? undefined : reject(error)));
      if (Array.isArray(body)) {
        for (const part of body as readonly Buffer[]) asking.write(part);
        asking.end();
      } else asking.end(body as string | Buffer | undefined);
    });
  return {
    ask,
    send: (event, headers = {}) =>
      ask('/v1/events', {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents+json', ...headers },
        body: JSON.stringify(event),
      }),
    raw: (bytes) =>
      new Promise((resolve) => {
        const socket = connect(Number(port), hostname);
        let said = '';
        socket.setTimeout(5_000, () => socket.destroy());
        socket.on('data', (part: Buffer) => (said += part.toString()));
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(said));
        socket.write(bytes);
      }),
    close: () => agent.destroy(),
  };
}

function answerOf(status: number, headers: IncomingHttpHeaders, said: string): Answer {
  let body: unknown;
  try {
    body = JSON.parse(said);
  } catch {
    body = {};
  }
  const shown = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  return { status, headers, body: shown, code: typeof shown['code'] === 'string' ? shown['code'] : undefined };
}

/** Null when this is how bad input is to be answered: taken, or a problem with a stable code; else what is wrong. */
export function wrongWith(answer: Pick<Answer, 'status' | 'headers' | 'body'>): string | null {
  const { status, headers, body } = answer;
  if (status === 200 || status === 202) return null;
  if (status === 207) {
    const results = body['results'] as { status: number; problem?: Record<string, unknown> }[];
    return (
      results.map((one) => (one.status === 202 ? null : wrongProblem(one.status, one.problem ?? {}))).find(Boolean) ??
      null
    );
  }
  const type = headers['content-type'];
  if (type !== 'application/problem+json') return `status ${status} came as \`${type}\``;
  return wrongProblem(status, body);
}

function wrongProblem(status: number, problem: Record<string, unknown>): string | null {
  const code = String(problem['code']);
  if (!Object.hasOwn(STATUS_OF, code)) return `\`${code}\` is no code`;
  if (problem['status'] !== status) return `\`${code}\` came with ${status} and says ${String(problem['status'])}`;
  if (status >= 500) return `${status} \`${code}\`: ${String(problem['detail'])}`;
  if (/\n\s+at |node_modules|\.ts:\d/.test(JSON.stringify(problem))) return `\`${code}\` shows our inside`;
  return null;
}
