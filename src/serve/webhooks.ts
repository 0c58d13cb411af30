import { z } from '@hono/zod-openapi';
import { WEBHOOK_KINDS, type Webhooks } from '../fabric/index.ts';
import type { TenantId } from '../vocabulary/index.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { PersonIdText, TenantName, Time } from './shapes.ts';
import { withinPatience } from './within.ts';

const WebhookIdText = z.string().regex(/^whk_[0-9a-f]{32}$/);
const Kinds = z.array(z.enum(WEBHOOK_KINDS)).min(1).max(WEBHOOK_KINDS.length);
const Where = z.union([z.literal('*'), TenantName]) as unknown as z.ZodType<TenantId | '*', string>;

const WebhookShape = z
  .object({
    id: WebhookIdText,
    tenant: z.string().openapi({ description: '`*`: the whole installation' }),
    state: z.string().openapi({ description: '`in-force`; `dead`: nothing was taken for 24 hours' }),
    url: z.string(),
    kinds: z.array(z.string()),
    by: PersonIdText,
    failing: z
      .object({ since: Time, tries: z.int(), why: z.string() })
      .nullable()
      .openapi({ description: 'null while all is taken' }),
    nextTry: Time.nullable(),
  })
  .openapi('Webhook');

const Wish = z
  .strictObject({
    url: z
      .string()
      .max(2_000)
      .openapi({ description: 'http or https; redirects are not followed', example: 'https://chat.example/hook' }),
    kinds: Kinds.openapi({ description: 'kinds of ledger entries to be told of' }),
    tenant: Where.openapi({ description: 'whose; `*`: of all' }),
  })
  .openapi('WebhookWish');

const TOO_MUCH = { 413: 'The body is too large', 415: 'Not JSON' };
const NOT_THERE = {
  404: 'There is no such webhook, or not where whoever asks may manage them',
  409: 'It is so already',
};

/** Where others are told what happens. What they are told is a link: it opens nothing without a credential. */
export function webhookEndpoints({ fabric: { webhooks } }: ApiDeps): readonly Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/webhooks',
      tag: 'webhooks',
      right: 'webhooks.manage',
      summary: 'Where others are told what happens',
      answers: { 200: { description: 'All but those removed', schema: z.object({ items: z.array(WebhookShape) }) } },
      async handle({ principal }) {
        return { status: 200, body: { items: (await webhooks.list(principal)).map(shown) } };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/webhooks',
      tag: 'webhooks',
      right: 'webhooks.manage',
      tenantOf: ({ body }) => body.tenant,
      summary: 'Tell somebody what happens from now on',
      description: 'The secret that messages are signed with is in this answer, and never shown again.',
      body: Wish,
      answers: { 201: { description: 'It is in force', schema: WebhookShape.extend({ secret: z.string() }) } },
      problems: TOO_MUCH,
      async handle({ body: { tenant, ...wish }, principal }) {
        const { webhook, secret } = await withinPatience(webhooks.create(principal, tenant, wish));
        return { status: 201, body: { ...shown(webhook), secret } };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/webhooks/{id}/remove',
      tag: 'webhooks',
      right: 'webhooks.manage',
      summary: 'Tell them nothing more',
      params: z.strictObject({ id: WebhookIdText }),
      body: z.strictObject({ reason: z.string().trim().min(1).max(500).openapi({ description: 'goes on record' }) }),
      answers: { 200: { description: 'It is removed', schema: WebhookShape } },
      problems: { ...TOO_MUCH, ...NOT_THERE },
      async handle({ params: { id }, body: { reason }, principal }) {
        return { status: 200, body: shown(await withinPatience(webhooks.remove(principal, id, reason))) };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/webhooks/{id}/revive',
      tag: 'webhooks',
      right: 'webhooks.manage',
      summary: 'Try a dead webhook again, from where it stopped',
      params: z.strictObject({ id: WebhookIdText }),
      answers: { 200: { description: 'It is in force', schema: WebhookShape } },
      problems: NOT_THERE,
      async handle({ params: { id }, principal }) {
        return { status: 200, body: shown(await withinPatience(webhooks.revive(principal, id))) };
      },
    }),
  ];
}

function shown({
  id,
  tenant,
  state,
  dueAt,
  content: { url, kinds, by, failing },
}: Awaited<ReturnType<Webhooks['list']>>[number]): z.input<typeof WebhookShape> {
  const time = (ms: number) => new Date(ms).toISOString();
  return {
    id,
    tenant: tenant === 'platform' ? '*' : tenant,
    state,
    url,
    kinds: [...kinds],
    by,
    failing: failing === null ? null : { ...failing, since: time(failing.since) },
    nextTry: dueAt === null ? null : time(dueAt),
  };
}
