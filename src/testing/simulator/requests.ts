import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { digestText, type Digest } from '../../vocabulary/index.ts';
import { control, type World } from './control.ts';
import type { Faults } from './knobs.ts';
import { problem, refuse, send, sendAgainUnasked, withBody } from './replies.ts';
import type { Deed, Done, Receipt, System } from './system.ts';

const LIST_LIMIT = 100;
const COLLECTION = /^[a-z][a-z0-9-]*$/;

/** What is asked for: `/<system>/<collection>[/<id>[/<verb>]]`. */
interface Target {
  readonly name: string;
  readonly system: System;
  readonly collection: string;
  readonly id: string | null;
  readonly verb: string | null;
  readonly query: string;
}

/** The HTTP side of the simulator: requests to systems, and `/control` for whoever runs the experiment. */
export function answerRequests(world: World): { readonly answer: RequestListener; stop(): void } {
  let stopped = false;
  let requests = 0;
  const digestOfSecret = rememberLast((header: string) => digestText(header));

  const read = (target: Target, response: ServerResponse): void => {
    const faults = world.knobs.draw(target.name, target.collection, 'reads');
    later(faults, () => {
      if (faults.refuse !== null) refuse(response, faults.refuse);
      else answerRead(target, response);
    });
  };

  const act = (target: Target, action: Deed['action'], request: IncomingMessage, response: ServerResponse): void => {
    const reference = header(request, 'reeve-reference');
    const key = header(request, 'idempotency-key');
    // The echo lets a caller tell its own answer from another's.
    if (reference !== null) response.setHeader('Reeve-Reference', reference);
    withBody(request, response, (body) => {
      if (stopped) return;
      const faults = world.knobs.draw(target.name, target.collection, 'effects');
      const { authorization } = request.headers;
      const deed: Deed = {
        action,
        collection: target.collection,
        id: target.id,
        // One string in memory, not two.
        key: key === reference ? reference : key,
        reference,
        body,
        authorization: authorization === undefined ? null : digestOfSecret(authorization),
      };
      later(faults, () => {
        if (faults.refuse !== null) refuse(response, faults.refuse);
        else if (action !== 'withdraw' && !isJson(body)) problem(response, 400, 'the body is no JSON');
        else answerDeed(target.system.perform(deed, faults.honourKey), faults, deed, response);
      });
    });
  };

  const later = (faults: Faults, then: () => void): void => {
    if (faults.delayMs === 0) then();
    else {
      setTimeout(() => {
        if (!stopped) then();
      }, faults.delayMs).unref();
    }
  };

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    requests++;
    const url = request.url ?? '/';
    if (url.startsWith('/control/')) control(world, requests, request, response);
    else {
      const target = targetOf(world, url);
      const action = target === null || request.method === 'GET' ? null : actionOf(request.method, target);
      if (target === null || (action === null && request.method !== 'GET')) {
        request.resume();
        problem(response, 404, `there is nothing at \`${request.method} ${url}\``);
      } else if (action === null) read(target, response);
      else act(target, action, request, response);
    }
  };
  return {
    answer: (request, response) => {
      if (!stopped) answer(request, response);
    },
    stop: () => {
      stopped = true;
    },
  };
}

function targetOf(world: World, url: string): Target | null {
  const mark = url.indexOf('?');
  const parts = (mark < 0 ? url : url.slice(0, mark)).split('/');
  const [, name = '', collection = '', id, verb, ...rest] = url.includes('%') ? parts.map(decoded) : parts;
  const system = world.systems.get(name);
  if (system === undefined || !COLLECTION.test(collection) || id === '' || verb === '' || rest.length > 0) return null;
  return { name, system, collection, id: id ?? null, verb: verb ?? null, query: mark < 0 ? '' : url.slice(mark) };
}

function actionOf(method: string | undefined, { id, verb }: Target): Deed['action'] | null {
  if (method === 'POST' && id === null) return 'create';
  if (method === 'PUT' && id !== null && verb === null) return 'put';
  if (method === 'POST' && verb === 'withdraw') return 'withdraw';
  return null;
}

function answerRead({ system, collection, id, verb, query }: Target, response: ServerResponse): void {
  if (id === null) {
    const reference = new URLSearchParams(query).get('reference');
    const items =
      reference === null ? system.list(collection, LIST_LIMIT) : system.withReference(collection, reference);
    send(response, 200, JSON.stringify({ items }));
    return;
  }
  const [receipt = null] =
    id === 'by-reference' && verb !== null
      ? system.withReference(collection, verb)
      : [verb === null ? system.get(collection, id) : null];
  if (receipt === null) problem(response, 404, `there is no such document in \`${collection}\``);
  else send(response, 200, JSON.stringify({ ...receipt, body: parsed(system.body(collection, receipt.id)) }));
}

function answerDeed(done: Done, faults: Faults, deed: Deed, response: ServerResponse): void {
  if (done.kind === 'not-found') problem(response, 404, `there is no such document in \`${deed.collection}\``);
  else if (done.kind === 'key-reused') problem(response, 422, 'this idempotency key was used with another request');
  else if (done.kind === 'replayed') {
    response.setHeader('Idempotency-Replayed', 'true');
    send(response, 200, JSON.stringify(done.receipt));
  } else if (faults.after === 'reset') response.socket?.resetAndDestroy();
  else if (faults.after === '500') problem(response, 500, 'something broke after it was done');
  else if (faults.after === 'answer') {
    const [status, text] = replyTo(done, faults);
    if (faults.twice) sendAgainUnasked(response, status, text);
    send(response, status, text);
  }
}

function replyTo(done: Done & { kind: 'done' }, { reply }: Faults): [status: number, text: string] {
  if (reply === 'garbage') return [200, `<html>{"id": ${done.receipt.id}`];
  const status = done.created ? 201 : 200;
  return [status, JSON.stringify(reply === 'flipped' ? flipped(done.receipt) : done.receipt)];
}

function flipped({ id, status }: Receipt): object {
  return { identifier: [id], status: { text: status } };
}

function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' ? value : null;
}

function isJson(body: Buffer): boolean {
  return parsed(body.toString('utf8')) !== undefined;
}

/** The value of a JSON text; undefined when it is none, null for null. */
function parsed(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Most callers send the same header every time. */
function rememberLast(of: (text: string) => Digest): (text: string) => Digest {
  let last: [text: string, digest: Digest] | null = null;
  return (text) => {
    if (last === null || last[0] !== text) last = [text, of(text)];
    return last[1];
  };
}
