import { z } from '@hono/zod-openapi';
import { RetryLater } from '../vocabulary/index.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';

/** For whoever watches over the process: no token, and nothing to learn but yes or no. */
export function healthEndpoints({ readiness }: ApiDeps): readonly Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/health',
      tag: 'health',
      open: true,
      summary: 'The process answers',
      answers: { 200: { description: 'It does', schema: z.object({ status: z.literal('ok') }).openapi('Health') } },
      handle: () => ({ status: 200, body: { status: 'ok' as const } }),
    }),
    endpoint({
      method: 'get',
      path: '/v1/ready',
      tag: 'health',
      open: true,
      summary: 'Database, engine and fabric are there: work is taken',
      answers: { 200: { description: 'Ready', schema: z.object({ status: z.literal('ready') }).openapi('Ready') } },
      async handle() {
        const missing = Object.entries(await readiness()).filter(([, why]) => why !== null);
        if (missing.length === 0) return { status: 200, body: { status: 'ready' as const } };
        // Why is for those with a token: `/v1/status` says more.
        throw new RetryLater('not-ready', `not ready: ${missing.map(([part]) => part).join(', ')}`);
      },
    }),
  ];
}
