import { z, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { Misuse, type Principal, type Right, type TenantId } from '../vocabulary/index.ts';
import { mediaTypeOf, readBody } from './body.ts';
import { checkRight, NOBODY, type Tenants } from './guard.ts';
import { Problem } from './problem.ts';
import { parseStrictJson } from './strict-json.ts';

/** What an endpoint answers: one of the statuses it declares, with a body of that status's schema. */
export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  /** A list: the header once for each. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** What a request brought, after its schemas. */
export interface Asked<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly request: Request;
  /** Who asks. They have the endpoint's right, at least in one tenant; behind an open endpoint, nobody. */
  readonly principal: Principal;
  /** Where they have it: nothing of any other tenant may be in the answer. */
  readonly tenants: Tenants;
}

/** One operation of the API. The same schemas check what comes in and goes out, and describe it. */
export type EndpointOptions<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType,
  A extends z.ZodType,
> = Operation<P, Q, B, A> & (Guarded<P, Q, B> | Open);

/** The right that is asked for before anything else is looked at. */
interface Guarded<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> {
  readonly right: Right;
  readonly open?: false;
  /**
   * Where the right is needed, when the request says so; null: in any tenant. Without it the right in any tenant lets in, and the
   * handler keeps to {@link Asked.tenants}: what is in none of them it answers like what does not exist.
   */
  tenantOf?(
    asked: Pick<Asked<z.output<P>, z.output<Q>, z.output<B>>, 'params' | 'query' | 'body'>,
  ): TenantId | '*' | null;
}

/** For the few that need no credential. */
interface Open {
  readonly open: true;
  readonly right?: undefined;
}

interface Operation<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType, A extends z.ZodType> {
  readonly method: 'get' | 'post';
  /** With parameters as `{name}`. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
  readonly params?: P;
  readonly query?: Q;
  /** JSON. Absent: no body is read, unless the handler does. */
  readonly body?: B;
  /** For the description, when the handler reads the body itself. */
  readonly bodies?: Readonly<Record<string, z.ZodType>>;
  readonly headers?: z.ZodObject;
  /** By status: what it means and what it holds. */
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema: A }>>;
  /** Problems beyond those that any request can have: what each status is for. */
  readonly problems?: Readonly<Record<number, string>>;
  handle(asked: Asked<z.output<P>, z.output<Q>, z.output<B>>): Promise<Answer<z.input<A>>> | Answer<z.input<A>>;
}

/** An endpoint, ready to be mounted. */
export interface Endpoint {
  readonly method: 'get' | 'post';
  readonly path: string;
  /** Null: open to everybody. */
  readonly right: Right | null;
  mount(app: ApiApp, limits: { readonly maxBodyBytes: number }): void;
}

/** What the guard leaves for the endpoints behind it. */
export type ApiApp = OpenAPIHono<{ Variables: { principal: Principal } }>;

const NOTHING = z.strictObject({});
const NOWHERE: Tenants = [];

/** Ties an operation's schemas to its handler. */
export function endpoint<
  P extends z.ZodObject = typeof NOTHING,
  Q extends z.ZodObject = typeof NOTHING,
  B extends z.ZodType = z.ZodUndefined,
  A extends z.ZodType = z.ZodType,
>(options: EndpointOptions<P, Q, B, A>): Endpoint {
  const { method, path } = options;
  const params = (options.params ?? NOTHING) as P;
  const query = (options.query ?? NOTHING) as Q;
  return {
    method,
    path,
    right: options.right ?? null,
    mount(app, { maxBodyBytes }) {
      describe(app, options);
      app.on(method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ':$1'), async (c) => {
        const principal = options.open === true ? NOBODY : c.get('principal');
        // Before anything that was sent is read: who may not ask learns nothing of what would be wrong with it.
        let tenants = options.open === true ? NOWHERE : checkRight(principal, options.right, null);
        const sent = {
          params: paramsOf(params, c),
          query: queryOf(query, c),
          body: await bodyOf(options.body, c.req.raw, maxBodyBytes),
        };
        if (options.open !== true && options.tenantOf !== undefined) {
          tenants = checkRight(principal, options.right, options.tenantOf(sent));
        }
        return answer(options, await options.handle({ ...sent, request: c.req.raw, principal, tenants }));
      });
    },
  };
}

/** A path that names nothing is not found, however it is malformed. */
function paramsOf<P extends z.ZodObject>(schema: P, c: Context): z.output<P> {
  const parsed = schema.safeParse(c.req.param());
  if (parsed.success) return parsed.data;
  throw new Misuse('not-found', 'there is nothing here');
}

function queryOf<Q extends z.ZodObject>(schema: Q, c: Context): z.output<Q> {
  const parsed = schema.safeParse(c.req.query());
  if (parsed.success) return parsed.data;
  throw new Misuse('bad-request', `query: ${z.prettifyError(parsed.error)}`);
}

async function bodyOf<B extends z.ZodType>(
  schema: B | undefined,
  request: Request,
  most: number,
): Promise<z.output<B>> {
  if (schema === undefined) return undefined as z.output<B>;
  if (mediaTypeOf(request) !== 'application/json') {
    throw new Misuse('unsupported-media-type', 'the body is taken as `application/json` only');
  }
  const parsed = schema.safeParse(parseStrictJson(await readBody(request, most)));
  if (parsed.success) return parsed.data;
  throw new Misuse('bad-request', `body: ${z.prettifyError(parsed.error)}`);
}

/** Nothing leaves that is not described: what a schema does not name is left out, and a wrong answer is our bug. */
function answer<A extends z.ZodType>(
  { answers, path }: Pick<EndpointOptions<z.ZodObject, z.ZodObject, z.ZodType, A>, 'answers' | 'path'>,
  { status, body, headers }: Answer<z.input<A>>,
): Response {
  const described = answers[status];
  if (described === undefined) throw new Error(`${path} answered ${status}, which is not described`);
  const checked = described.schema.safeParse(body);
  if (!checked.success) throw new Error(`${path} answered what is not described: ${z.prettifyError(checked.error)}`);
  const sent = new Headers({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (typeof value === 'string') sent.set(name, value);
    else for (const one of value) sent.append(name, one);
  }
  return new Response(JSON.stringify(checked.data), { status, headers: sent });
}

const ALWAYS: Readonly<Record<number, string>> = {
  400: 'The request is malformed',
  401: 'No credential, or a wrong one',
  403: 'Whoever asks has not the right to',
  421: 'The `Host` is not this server',
  500: 'A bug of ours; the log says more',
  503: 'Something that is needed is away',
};

function describe<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType, A extends z.ZodType>(
  app: ApiApp,
  options: EndpointOptions<P, Q, B, A>,
): void {
  const { method, path, summary, description, tag, open, right, params, query, body, headers, answers } = options;
  const bodies = options.bodies ?? (body && { 'application/json': body });
  const problems = Object.entries({ ...ALWAYS, ...options.problems }).filter(
    ([status]) => !(open === true && (status === '401' || status === '403')),
  );
  app.openAPIRegistry.registerPath({
    method,
    path,
    summary,
    tags: [tag],
    ...(description !== undefined && { description }),
    security: open === true ? [] : [{ token: [] }],
    ...(right !== undefined && { 'x-right': right }),
    request: {
      ...(params && { params }),
      ...(query && { query }),
      ...(headers && { headers }),
      ...(bodies && {
        body: {
          required: true,
          content: Object.fromEntries(Object.entries(bodies).map(([type, schema]) => [type, { schema }])),
        },
      }),
    },
    responses: {
      ...Object.fromEntries(
        problems.map(([status, why]) => [
          status,
          { description: why, content: { 'application/problem+json': { schema: Problem } } },
        ]),
      ),
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { description: what, schema }]) => [
          status,
          { description: what, content: { 'application/json': { schema } } },
        ]),
      ),
    },
  });
}
