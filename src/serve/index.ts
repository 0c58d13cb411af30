/**
 * The HTTP API: events in, runs, record and status out, and the stop button. The live stream, MCP, A2A and the console's files
 * will stand beside it.
 *
 * Owns: the listening socket and the words of the API (`/v1`, OpenAPI at `/v1/openapi.json`, `docs/errors.md`). Called by
 * `platform.ts`. It imports `fabric`, `fleet`, `observe` and `vocabulary`; all that it touches comes in as `ApiDeps`.
 *
 * INVARIANT (loopback-and-token): it listens on 127.0.0.1, answers to loopback names only, and asks everyone who they are but
 * for health, readiness and signing in; each endpoint names the right that it asks for (`guard.ts`).
 * INVARIANT (bad-input-is-answered): whatever comes in, the answer is a problem with a stable code, and nothing of our inside
 * is in it.
 */
export { createApi, type Api, type ApiOptions } from './api.ts';
export type { ApiDeps, ChildStatus, Readiness, SealedHead } from './deps.ts';
export { LINK_PATH } from './session.ts';
export { STATUS_OF } from './problem.ts';
export { startServer, type Server, type ServerOptions } from './server.ts';
