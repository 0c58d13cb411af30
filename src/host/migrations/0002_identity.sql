-- Who comes in, and what they see. Row-level security is the second lock: the API asks for rights first, and a query that forgot
-- to ask whose rows it may read gets none.
create schema reeve_identity;
--> statement-breakpoint
-- Tables of Better Auth, as `src/identity/auth-tables.ts` has them. `person` is ours: whose account it is, for ever.
create table reeve_identity.account (
  id text primary key,
  person text not null,
  name text not null,
  email text not null unique,
  email_verified boolean not null,
  image text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
--> statement-breakpoint
create table reeve_identity.session (
  id text primary key,
  -- SHA-256 of what the cookie holds; nothing else fits.
  token text not null unique check (token ~ '^[0-9a-f]{64}$'),
  account text not null references reeve_identity.account (id) on delete cascade,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
--> statement-breakpoint
create index session_account on reeve_identity.session (account);
--> statement-breakpoint
create table reeve_identity.credential (
  id text primary key,
  account text not null references reeve_identity.account (id) on delete cascade,
  provider text not null,
  account_at_provider text not null,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  -- As scrypt leaves it, with its salt.
  password text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
--> statement-breakpoint
create index credential_account on reeve_identity.credential (account);
--> statement-breakpoint
-- Sign-in links: SHA-256 of what the link holds.
create table reeve_identity.verification (
  id text primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
--> statement-breakpoint
create index verification_identifier on reeve_identity.verification (identifier);
--> statement-breakpoint
-- When an access token was last used, to the minute: not worth an entry. The tokens themselves are documents.
create table reeve_identity.token_use (
  token text primary key,
  at timestamptz not null
);
--> statement-breakpoint
grant usage on schema reeve_identity to reeve_app;
--> statement-breakpoint
grant select, insert, update, delete on all tables in schema reeve_identity to reeve_app;
--> statement-breakpoint
-- Whom the API reads as, for people. It may only read, and only of the tenants that `reeve.tenants` names.
do $$
begin
  if not exists (select 1 from pg_roles where rolname = 'reeve_reader') then
    create role reeve_reader nologin;
  end if;
  execute format('grant reeve_reader to %I', current_user);
end $$;
--> statement-breakpoint
grant usage on schema reeve to reeve_reader;
--> statement-breakpoint
-- Names of the tenants that may be read, by commas; `*` for all of them. Null when it is not set: then nothing may.
create function reeve.tenants() returns text[] language sql stable parallel safe as
  $$ select string_to_array(nullif(current_setting('reeve.tenants', true), ''), ',') $$;
--> statement-breakpoint
revoke all on function reeve.tenants() from public;
--> statement-breakpoint
grant execute on function reeve.tenants() to reeve_reader, reeve_app;
--> statement-breakpoint
-- INVARIANT (tenants-do-not-meet): every table has row-level security that binds its owner, too. What bears a tenant can be read
-- by those who may read that tenant; the rest by nobody, but for what is named here. Who may is asked once for a query, not for
-- each row.
do $$
declare
  x record;
  whose text;
begin
  for x in select c.relname as name,
             exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant' and not a.attisdropped) as has_tenant
           from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'reeve' and c.relkind = 'r' loop
    execute format('alter table reeve.%I enable row level security', x.name);
    execute format('alter table reeve.%I force row level security', x.name);
    execute format('create policy conductor on reeve.%I to reeve_app using (true) with check (true)', x.name);
    whose := case
      when x.has_tenant then 'tenant = any ((select reeve.tenants())::text[])'
      when x.name in ('head', 'checkpoint') then '(select cardinality(reeve.tenants()) > 0)'
      when x.name = 'judged_case' then '(text::jsonb #>> ''{agent,tenant}'') = any ((select reeve.tenants())::text[])'
    end;
    if whose is not null then
      execute format('create policy reader on reeve.%I for select to reeve_reader using ((select ''*'' = any (reeve.tenants())) or %s)',
                     x.name, whose);
      execute format('grant select on reeve.%I to reeve_reader', x.name);
    end if;
  end loop;
end $$;
--> statement-breakpoint
-- Which requests are made to see whether approvers look is known to nobody before they are decided.
alter policy reader on reeve.document
  using (((select '*' = any (reeve.tenants())) or tenant = any ((select reeve.tenants())::text[]))
         and (kind <> 'seeded-check' or state <> 'open'));
