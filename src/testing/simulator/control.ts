import { createReadStream, existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf, Misuse } from '../../vocabulary/index.ts';
import type { KnobBoard, KnobPlace } from './knobs.ts';
import { problem, send, withBody } from './replies.ts';
import type { System } from './system.ts';

/** All that the HTTP side works on. */
export interface World {
  readonly systems: ReadonlyMap<string, System>;
  readonly knobs: KnobBoard;
  journalOf(system: string): string;
}

/** `POST /control/knobs`, `GET /control/journal/<system>`, `GET /control/stats`. */
export function control(world: World, requests: number, request: IncomingMessage, response: ServerResponse): void {
  const url = request.url ?? '';
  const [, , noun, name = ''] = url.split('/');
  if (request.method === 'POST' && noun === 'knobs') {
    withBody(request, response, (body) => {
      try {
        const { system, collection, knobs } = JSON.parse(body.toString('utf8')) as KnobPlace & { knobs: unknown };
        if (!world.systems.has(system)) throw new Misuse('bad-request', `there is no system \`${system}\``);
        world.knobs.set({ system, collection }, knobs);
        send(response, 200, '{}');
      } catch (error) {
        problem(response, 400, messageOf(error));
      }
    });
  } else if (noun === 'journal' && world.systems.has(name)) {
    response.writeHead(200, { 'content-type': 'application/jsonl' });
    if (existsSync(world.journalOf(name))) createReadStream(world.journalOf(name)).pipe(response);
    else response.end();
  } else if (noun === 'stats') {
    const systems = Object.fromEntries([...world.systems].map(([system, its]) => [system, its.stats()]));
    const { user, system } = process.cpuUsage();
    const process_ = { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() };
    send(response, 200, JSON.stringify({ requests, ...process_, systems }));
  } else problem(response, 404, `there is nothing at \`${url}\``);
}
