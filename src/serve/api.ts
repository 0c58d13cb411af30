import { OpenAPIHono } from '@hono/zod-openapi';
import { Misuse } from '../vocabulary/index.ts';
import { agentEndpoints } from './agents.ts';
import { approvalEndpoints } from './approvals.ts';
import { approverEndpoints } from './approvers.ts';
import { autonomyEndpoints } from './autonomy.ts';
import { budgetEndpoints } from './budgets.ts';
import { decisionEndpoints } from './decisions.ts';
import { delegationEndpoints } from './delegations.ts';
import type { ApiDeps } from './deps.ts';
import type { ApiApp, Endpoint } from './endpoint.ts';
import { entryEndpoints } from './entries.ts';
import { eventEndpoints } from './events.ts';
import { fenceEndpoints, STOP_PATH } from './fences.ts';
import { authenticate, checkHost, checkRight } from './guard.ts';
import { grantEndpoints } from './grants.ts';
import { healthEndpoints } from './health.ts';
import { incidentEndpoints } from './incidents.ts';
import { meEndpoints } from './me.ts';
import { motionEndpoints } from './motions.ts';
import { peopleEndpoints } from './people.ts';
import { policyEndpoints } from './policies.ts';
import { problem, problemResponse, troubleOf } from './problem.ts';
import { reviewEndpoints } from './reviews.ts';
import { runEndpoints } from './runs.ts';
import { LINK_PATH, sessionEndpoints, signInPage } from './session.ts';
import { statusEndpoints } from './status.ts';
import { webhookEndpoints } from './webhooks.ts';
import { tokenEndpoints } from './tokens.ts';

export interface ApiOptions {
  readonly maxBodyBytes: number;
  /** Where it is served, for the check of `Host`. Null lets any port pass: for tests without a socket. */
  readonly port: number | null;
}

/** The API, as something that answers requests: `fetch`, and `request` for tests. */
export type Api = Pick<ApiApp, 'fetch' | 'request'>;

/** Puts all endpoints behind the guards. Whatever goes wrong is answered as a problem (RFC 9457) with a stable code. */
export function createApi(deps: ApiDeps, options: ApiOptions): Api {
  const app: ApiApp = new OpenAPIHono();
  const endpoints = [
    ...eventEndpoints(deps, options),
    ...runEndpoints(deps),
    ...entryEndpoints(deps),
    ...decisionEndpoints(deps),
    ...agentEndpoints(deps),
    ...approvalEndpoints(deps),
    ...approverEndpoints(deps),
    ...delegationEndpoints(deps),
    ...webhookEndpoints(deps),
    ...policyEndpoints(deps),
    ...budgetEndpoints(deps),
    ...autonomyEndpoints(deps),
    ...incidentEndpoints(deps),
    ...reviewEndpoints(deps),
    ...grantEndpoints(deps),
    ...fenceEndpoints(deps),
    ...statusEndpoints(deps),
    ...meEndpoints(deps),
    ...peopleEndpoints(deps),
    ...tokenEndpoints(deps),
    ...motionEndpoints(deps),
    ...sessionEndpoints(deps),
    ...healthEndpoints(deps),
  ];
  const open = new Set(endpoints.filter(({ right }) => right === null).map(({ path }) => path));
  open.add(LINK_PATH);

  app.onError((error, c) => {
    const trouble = troubleOf(error);
    if (trouble.ours) deps.onTrouble(`${c.req.method} ${c.req.path}: ${error.stack ?? error.message}`);
    return problemResponse(trouble);
  });
  app.notFound(() => problemResponse({ problem: problem('not-found', 'there is nothing here'), retryAfter: null }));
  app.use(async (c, next) => {
    await next();
    if (deps.fabric.isSingle()) c.res.headers.set('reeve-mode', 'single-operator');
  });
  app.use(async (c, next) => {
    checkHost(c.req.header('host') ?? null, options.port);
    if (!open.has(c.req.path)) {
      const isStop = c.req.method === 'POST' && c.req.path === STOP_PATH;
      c.set('principal', await authenticate(c.req.raw, (isStop ? deps.toStop : undefined) ?? deps.doorkeeper));
    }
    await next();
  });

  for (const one of endpoints) one.mount(app, options);
  app.get(LINK_PATH, () => signInPage());
  describeOn(app);
  refuseOtherMethods(app, [
    ...endpoints,
    { method: 'get', path: LINK_PATH },
    { method: 'get', path: '/v1/openapi.json' },
  ]);
  return app;
}

/** `/v1/openapi.json`, made once from the same schemas that check what comes in and goes out. */
function describeOn(app: ApiApp): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  let text: string | undefined;
  app.get('/v1/openapi.json', (c) => {
    checkRight(c.get('principal'), 'self', null);
    text ??= JSON.stringify(
      app.getOpenAPI31Document({
        openapi: '3.1.0',
        info: {
          title: 'Reeve',
          version: '1',
          description: 'A fleet of digital agents under law: events in, runs and their record out.',
          license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
        },
      }),
    );
    return new Response(text, { headers: { 'content-type': 'application/json' } });
  });
}

function refuseOtherMethods(app: ApiApp, endpoints: readonly Pick<Endpoint, 'method' | 'path'>[]): void {
  const allowed = Map.groupBy(endpoints, ({ path }) => path);
  for (const [path, same] of allowed) {
    const allow = same
      .flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]))
      .join(', ');
    app.all(path.replaceAll(/\{(\w+)\}/g, ':$1'), (c) => {
      const fault = new Misuse('method-not-allowed', `\`${c.req.method}\` is not for this`, { fix: `use ${allow}` });
      const response = problemResponse(troubleOf(fault));
      response.headers.set('allow', allow);
      return response;
    });
  }
}
