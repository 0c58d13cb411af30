-- The record: what was seen, decided and done. Entries and checkpoints only grow; the other tables are where things stand now
-- and can be derived again from the entries. One statement, reeve.append, changes all of them together.
create schema if not exists reeve;
--> statement-breakpoint
-- The one place where the log's end stands. `law` counts changes of policies, fences and agents: what was judged under an
-- older law does not pass the gate.
create table reeve.head (
  one boolean primary key default true check (one),
  seq bigint not null,
  chain bytea not null,
  law bigint not null
) with (fillfactor = 50);
--> statement-breakpoint
insert into reeve.head (seq, chain, law) values (0, decode(repeat('00', 32), 'hex'), 0);
--> statement-breakpoint
create table reeve.entry (
  seq bigint primary key,
  kind text not null,
  tenant text not null,
  run text,
  agent text,
  at timestamptz not null,
  body text not null,
  leaf bytea not null,
  chain bytea not null
);
--> statement-breakpoint
create index entry_run on reeve.entry (run) where run is not null;
--> statement-breakpoint
-- All kinds but those that every run leaves, which are so common that a page of one is found on the way.
create index entry_rare on reeve.entry (kind, seq)
  where kind not in ('event.admitted', 'intent.permitted', 'outcome.recorded', 'run.ended');
--> statement-breakpoint
create table reeve.checkpoint (
  size bigint primary key,
  root bytea not null,
  note text not null,
  at timestamptz not null default now()
);
--> statement-breakpoint
create table reeve.event (
  id text primary key,
  seq bigint not null unique,
  tenant text not null,
  type text not null,
  source text not null,
  source_id text not null,
  subject text not null,
  time text not null,
  data text not null,
  data_digest text not null,
  label jsonb not null,
  dedupe_key text not null
);
--> statement-breakpoint
create index event_subject on reeve.event (tenant, subject, seq);
--> statement-breakpoint
-- Indexes that pages of the API follow. A run has the number of its event, so runs of one type are found through the events.
create index event_type on reeve.event (type, seq desc);
--> statement-breakpoint
create table reeve.run (
  id text primary key,
  seq bigint not null,
  tenant text not null,
  agent text not null,
  agent_version text not null,
  event text not null,
  subject text not null,
  state text not null default 'queued'
    check (state in ('queued', 'waiting', 'done', 'failed', 'refused', 'set-aside')),
  why text not null default '',
  attempts int not null default 0,
  admitted_at timestamptz not null,
  ended_at timestamptz
) with (fillfactor = 80);
--> statement-breakpoint
create index run_open on reeve.run (seq) where state = 'queued';
--> statement-breakpoint
create index run_state on reeve.run (state, seq desc) where state <> 'done';
--> statement-breakpoint
create index run_recent on reeve.run (seq desc, id);
--> statement-breakpoint
create index run_agent on reeve.run (agent, seq desc);
--> statement-breakpoint
create index run_tenant on reeve.run (tenant, seq desc, id);
--> statement-breakpoint
create table reeve.effect (
  permit text primary key,
  seq bigint not null,
  run text not null,
  step int not null,
  tenant text not null,
  agent text not null,
  tool text not null,
  tool_digest text not null,
  class text not null,
  system text,
  state text not null
    check (state in ('intent', 'done', 'failed', 'unknown', 'refused', 'waiting', 'compensated', 'compensation-failed')),
  arguments text not null,
  arguments_digest text not null,
  amount_minor bigint,
  currency text,
  why text not null default '',
  intended_at timestamptz not null,
  ended_at timestamptz,
  unique (run, step)
) with (fillfactor = 80);
--> statement-breakpoint
create index effect_open on reeve.effect (seq) where state in ('intent', 'unknown', 'waiting');
--> statement-breakpoint
-- Effects that are tried again are looked for twice a second, beside however many wait for people.
create index effect_in_doubt on reeve.effect (run) where state = 'unknown';
--> statement-breakpoint
-- What was put before the law, so that a decision can be judged again under other policies. An intent's entry names its case by
-- digest and holds the amount; cases alike but for the amount are kept once. A case that is there is never another.
create table reeve.judged_case (
  digest text primary key,
  text text not null
);
--> statement-breakpoint
create table reeve.approval (
  id text primary key,
  seq bigint not null,
  run text not null,
  step int not null,
  tenant text not null,
  agent text not null,
  tool text not null,
  intent_digest text not null,
  policies text[] not null,
  roles text[] not null,
  state text not null default 'pending' check (state in ('pending', 'approved', 'declined', 'expired', 'void')),
  asked_at timestamptz not null,
  expires_at timestamptz not null
);
--> statement-breakpoint
create index approval_pending on reeve.approval (expires_at) where state = 'pending';
--> statement-breakpoint
create table reeve.fence (
  scope text primary key,
  stopped boolean not null,
  epoch bigint not null,
  reason text not null,
  at timestamptz not null
);
--> statement-breakpoint
create table reeve.agent (
  name text primary key,
  tenant text not null,
  role text not null,
  unit text not null,
  version text not null,
  manifest jsonb not null,
  registered_at timestamptz not null
);
--> statement-breakpoint
-- How far each shipped source has been worked through, so that a second start goes on from there.
create table reeve.source (
  name text primary key,
  position bigint not null
);
--> statement-breakpoint
create function reeve.deny_change() returns trigger language plpgsql as $$
begin
  raise exception 'the record only grows: % on %.% is refused', tg_op, tg_table_schema, tg_table_name
    using errcode = 'RV100';
end $$;
--> statement-breakpoint
create trigger entry_only_grows before update or delete or truncate on reeve.entry
  for each statement execute function reeve.deny_change();
--> statement-breakpoint
create trigger checkpoint_only_grows before update or delete or truncate on reeve.checkpoint
  for each statement execute function reeve.deny_change();
--> statement-breakpoint
create trigger judged_case_only_grows before update or delete or truncate on reeve.judged_case
  for each statement execute function reeve.deny_change();
--> statement-breakpoint
-- Everything that one flush of the ledger holds, in one transaction and one round trip. `p` is
--   { head: {seq, chain, law}, to: {seq, chain, law}, at, entries, events?, runs?, ends?, effects?, outcomes?, approvals?,
--     fences?, agents?, sources?, cases? }
-- RV001: another writer was faster; reload the head. RV002: the law has changed; judge again. RV003: an effect or run is not
-- in the state that this change follows from (detail: its id).
create function reeve.append(p jsonb) returns void language plpgsql as $$
declare
  now_at timestamptz := (p->>'at')::timestamptz;
  x record;
begin
  update reeve.head
    set seq = (p->'to'->>'seq')::bigint, chain = decode(p->'to'->>'chain', 'hex'), law = (p->'to'->>'law')::bigint
    where seq = (p->'head'->>'seq')::bigint and chain = decode(p->'head'->>'chain', 'hex')
      and law = (p->'head'->>'law')::bigint;
  if not found then
    if exists (select 1 from reeve.head where law <> (p->'head'->>'law')::bigint) then
      raise exception 'the law has changed' using errcode = 'RV002';
    end if;
    raise exception 'another writer was faster' using errcode = 'RV001';
  end if;

  insert into reeve.entry (seq, kind, tenant, run, agent, at, body, leaf, chain)
    select seq, kind, tenant, run, agent, now_at, body, decode(leaf, 'hex'), decode(chain, 'hex')
    from jsonb_to_recordset(p->'entries')
      as x(seq bigint, kind text, tenant text, run text, agent text, body text, leaf text, chain text);

  if p ? 'events' then
    insert into reeve.event (id, seq, tenant, type, source, source_id, subject, time, data, data_digest, label, dedupe_key)
      select id, seq, tenant, type, source, source_id, subject, time, data, data_digest, label, dedupe_key
      from jsonb_to_recordset(p->'events')
        as x(id text, seq bigint, tenant text, type text, source text, source_id text, subject text, time text, data text,
             data_digest text, label jsonb, dedupe_key text);
  end if;

  if p ? 'runs' then
    insert into reeve.run (id, seq, tenant, agent, agent_version, event, subject, admitted_at)
      select id, seq, tenant, agent, agent_version, event, subject, now_at
      from jsonb_to_recordset(p->'runs')
        as x(id text, seq bigint, tenant text, agent text, agent_version text, event text, subject text);
  end if;

  if p ? 'effects' then
    insert into reeve.effect (permit, seq, run, step, tenant, agent, tool, tool_digest, class, system, state, arguments,
                              arguments_digest, amount_minor, currency, why, intended_at)
      select permit, seq, run, step, tenant, agent, tool, tool_digest, class, system, state, arguments,
             arguments_digest, amount_minor, currency, why, now_at
      from jsonb_to_recordset(p->'effects')
        as x(permit text, seq bigint, run text, step int, tenant text, agent text, tool text, tool_digest text, class text,
             system text, state text, arguments text, arguments_digest text, amount_minor bigint, currency text, why text);
  end if;

  -- One by one, each by its key. As one statement over all of them the plan is the one that was made when the tables were empty,
  -- and may walk everything that waits for people (measured with 900 waiting: 1.3 against 0.5 ms of CPU for one outcome).
  if p ? 'outcomes' then
    for x in select * from jsonb_to_recordset(p->'outcomes') as o(permit text, state text, why text) loop
      update reeve.effect set state = x.state, why = x.why, ended_at = now_at
        where permit = x.permit and (state || '' = 'intent' or (state || '' = 'unknown' and x.state <> 'unknown'));
      if not found then
        raise exception 'an outcome does not follow from where its effect stands' using errcode = 'RV003', detail = x.permit;
      end if;
    end loop;
  end if;

  if p ? 'ends' then
    for x in select * from jsonb_to_recordset(p->'ends') as o(id text, state text, why text, attempts int) loop
      update reeve.run set state = x.state, why = x.why, attempts = coalesce(x.attempts, attempts),
          ended_at = case when x.state in ('queued', 'waiting') then null else now_at end
        where id = x.id and state || '' in ('queued', 'waiting');
      if not found then
        raise exception 'a run that has ended does not end again' using errcode = 'RV003', detail = x.id;
      end if;
    end loop;
  end if;

  if p ? 'approvals' then
    insert into reeve.approval (id, seq, run, step, tenant, agent, tool, intent_digest, policies, roles, asked_at, expires_at)
      select id, seq, run, step, tenant, agent, tool, intent_digest, policies, roles, now_at,
             now_at + make_interval(secs => expires_in_seconds)
      from jsonb_to_recordset(p->'approvals')
        as x(id text, seq bigint, run text, step int, tenant text, agent text, tool text, intent_digest text,
             policies text[], roles text[], expires_in_seconds int);
  end if;

  if p ? 'fences' then
    insert into reeve.fence (scope, stopped, epoch, reason, at)
      select scope, stopped, epoch, reason, now_at
      from jsonb_to_recordset(p->'fences') as x(scope text, stopped boolean, epoch bigint, reason text)
      on conflict (scope) do update
        set stopped = excluded.stopped, epoch = excluded.epoch, reason = excluded.reason, at = excluded.at;
  end if;

  if p ? 'agents' then
    insert into reeve.agent (name, tenant, role, unit, version, manifest, registered_at)
      select name, tenant, role, unit, version, manifest, now_at
      from jsonb_to_recordset(p->'agents')
        as x(name text, tenant text, role text, unit text, version text, manifest jsonb)
      on conflict (name) do update set tenant = excluded.tenant, role = excluded.role, unit = excluded.unit,
        version = excluded.version, manifest = excluded.manifest, registered_at = excluded.registered_at;
  end if;

  if p ? 'sources' then
    insert into reeve.source (name, position)
      select name, max(position) from jsonb_to_recordset(p->'sources') as x(name text, position bigint) group by name
      on conflict (name) do update set position = greatest(reeve.source.position, excluded.position);
  end if;

  if p ? 'cases' then
    insert into reeve.judged_case (digest, text)
      select digest, text from jsonb_to_recordset(p->'cases') as x(digest text, text text)
      on conflict (digest) do nothing;
  end if;
end $$;
--> statement-breakpoint
-- What the platform connects as: it may add to the record, never change it.
do $$
begin
  if not exists (select 1 from pg_roles where rolname = 'reeve_app') then
    create role reeve_app nologin;
  end if;
  execute format('grant reeve_app to %I', current_user);
end $$;
--> statement-breakpoint
grant usage on schema reeve to reeve_app;
--> statement-breakpoint
grant select on all tables in schema reeve to reeve_app;
--> statement-breakpoint
grant insert on reeve.entry, reeve.checkpoint, reeve.judged_case, reeve.event, reeve.run, reeve.effect, reeve.approval, reeve.fence, reeve.agent,
  reeve.source to reeve_app;
--> statement-breakpoint
grant update on reeve.head, reeve.run, reeve.effect, reeve.approval, reeve.fence, reeve.agent, reeve.source to reeve_app;
--> statement-breakpoint
revoke all on function reeve.append(jsonb) from public;
--> statement-breakpoint
grant execute on function reeve.append(jsonb) to reeve_app;
