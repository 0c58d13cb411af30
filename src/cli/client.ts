import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { GiveUp, messageOf, Misuse, RetryLater, type FaultCode } from '../vocabulary/index.ts';
import { discover } from './discovery.ts';
import type { Config } from '../host/index.ts';
import type { Session } from './session.ts';

/** The HTTP API of a running platform. Answers are checked against the part of them that is read. */
export interface Client {
  readonly url: string;
  get<T>(path: string, shape: z.ZodType<T>, query?: Query): Promise<T>;
  /** `body` is sent as it is. */
  post<T>(
    path: string,
    shape: z.ZodType<T>,
    body: string,
    options?: { contentType?: string; query?: Query },
  ): Promise<T>;
}
export type Query = Readonly<Record<string, string | number | undefined>>;

const ANSWER_LIMIT_MS = 60_000;
/** On stderr with every answer: nobody shall take what one person did for what two wanted. */
const SINGLE = 'single-operator mode: one person runs this installation, and a delay takes the place of the second one';
const Problem = z.object({ code: z.string(), detail: z.string(), fix: z.string().optional() });

/** Who asks, and for the rest the settings. */
type Asking = Pick<Session, 'note'> & { readonly config: Pick<Config, 'dataDir' | 'token'> };

/**
 * A client of the platform that runs on the session's data folder, by its token (`--token`, `REEVE_TOKEN`) or the one that
 * lies there.
 *
 * @throws GiveUp `not-ready` when none runs there.
 */
export function connect({ config: { dataDir, token }, note }: Asking): Client {
  const found = discover(dataDir);
  if (found === null) {
    throw new GiveUp('not-ready', `no platform runs on the data folder \`${dataDir}\``, {
      fix: 'start one with `npm start`, or name the folder of the one that runs with `--data-dir`',
    });
  }
  return createClient(found.url, token ?? readToken(join(dataDir, 'token')), note);
}

/** As {@link connect}, for an address and a token that are known. */
export function createClient(url: string, token: string, note: (line: string) => void = () => {}): Client {
  let noted = false;
  return {
    url,
    get: (path, shape, query) => ask('GET', path, shape, query),
    post: (path, shape, body, { contentType = 'application/json', query } = {}) =>
      ask('POST', path, shape, query, { body, contentType }),
  };

  async function ask<T>(
    method: string,
    path: string,
    shape: z.ZodType<T>,
    query: Query = {},
    sent?: { body: string; contentType: string },
  ): Promise<T> {
    const address = new URL(path, url);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) address.searchParams.set(name, String(value));
    }
    let response: Response;
    let text: string;
    try {
      response = await fetch(address, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          ...(sent && { 'content-type': sent.contentType }),
        },
        ...(sent && { body: sent.body }),
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      });
      text = await response.text();
    } catch (cause) {
      const why = cause instanceof Error && cause.cause !== undefined ? messageOf(cause.cause) : messageOf(cause);
      throw new RetryLater('not-ready', `the platform at ${url} does not answer: ${why}`, { cause });
    }
    if (response.headers.get('reeve-mode') === 'single-operator' && !noted) {
      noted = true;
      note(SINGLE);
    }
    const body = parsed(text);
    if (!response.ok) throw faultOf(response.status, body);
    const read = shape.safeParse(body);
    if (read.success) return read.data;
    throw new GiveUp(
      'internal',
      `the platform's answer to \`${method} ${path}\` is not understood: ${z.prettifyError(read.error)}`,
      {
        fix: 'use the `reeve` of the same version as the platform that runs',
      },
    );
  }
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new GiveUp('unauthorized', `cannot read the token \`${path}\`: ${messageOf(cause)}`, {
      cause,
      fix: 'run this as the user who started the platform',
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The problem that the platform answered, as it would have been thrown there. */
function faultOf(status: number, body: unknown): Misuse | RetryLater | GiveUp {
  const problem = Problem.safeParse(body);
  if (!problem.success)
    return new GiveUp('internal', `the platform answered ${status}, and nothing that is understood`);
  const { code, detail, fix } = problem.data;
  const options = fix === undefined ? {} : { fix };
  // A newer platform may have codes that we do not know: they are shown all the same.
  const known = code as FaultCode;
  if (status === 429 || status === 503) return new RetryLater(known, detail, options);
  if (status >= 500 || status === 401) return new GiveUp(known, detail, options);
  return new Misuse(known, detail, options);
}
