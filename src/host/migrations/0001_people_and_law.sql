-- People and law: approvals that are answered, what people lay down, budgets, and run trees.
alter table reeve.event
  add column principal text,
  add column root text,
  add column depth int not null default 0,
  add column trail jsonb;
--> statement-breakpoint
-- Whether room in budgets is reserved for it, so that an outcome without need not look.
alter table reeve.effect add column reserved boolean not null default false;
--> statement-breakpoint
create index event_root on reeve.event (root, seq) where depth > 0;
--> statement-breakpoint
alter table reeve.approval
  add column rev int not null default 1,
  add column permit text,
  add column due_at timestamptz,
  -- The whole approval; null when it was asked by a version that could not be answered: then it is asked anew.
  add column content jsonb,
  add column settled_at timestamptz,
  drop constraint approval_state_check,
  add constraint approval_state_check check (state in ('pending', 'approved', 'declined', 'expired', 'void', 'consumed'));
--> statement-breakpoint
create index approval_due on reeve.approval (due_at) where due_at is not null;
--> statement-breakpoint
create index approval_permit on reeve.approval (permit, asked_at);
--> statement-breakpoint
create index approval_run on reeve.approval (run);
--> statement-breakpoint
create index approval_asked on reeve.approval (asked_at desc, id);
--> statement-breakpoint
-- What was answered to requests of the same kind before.
create index approval_alike on reeve.approval (tenant, tool, agent, asked_at desc);
--> statement-breakpoint
-- When a question was first shown to somebody: how long they looked is measured from here.
create table reeve.shown (
  approval text not null,
  person text not null,
  -- Digest of the question as they saw it: after an edit there is another one to look at.
  bound text not null,
  at timestamptz not null default now(),
  primary key (approval, person, bound)
);
--> statement-breakpoint
-- What people have laid down (vocabulary/document.ts says which kinds). It changes only from the revision that was read.
create table reeve.document (
  kind text not null,
  id text not null,
  rev int not null,
  tenant text not null,
  state text not null,
  due_at timestamptz,
  content jsonb not null,
  at timestamptz not null,
  primary key (kind, id)
) with (fillfactor = 70);
--> statement-breakpoint
create index document_due on reeve.document (due_at) where due_at is not null;
--> statement-breakpoint
create index document_state on reeve.document (kind, state, at);
--> statement-breakpoint
-- How much of a budget is used, for each scope and window that it is counted by.
create table reeve.account (
  key text primary key,
  budget text not null,
  tenant text not null,
  -- Name of the window.
  period text not null,
  spent bigint not null default 0,
  reserved bigint not null default 0,
  -- The part of these two that people let pass beyond the cap, each time for one exact act.
  extra bigint not null default 0,
  -- What calls cost beyond what they had declared: not in `spent`, on record as `budget.overdrawn`.
  overdrawn bigint not null default 0,
  check (spent >= 0 and reserved >= 0 and extra >= 0 and extra <= spent + reserved)
) with (fillfactor = 50);
--> statement-breakpoint
create index account_budget on reeve.account (budget, period);
--> statement-breakpoint
create table reeve.reservation (
  permit text not null,
  account text not null,
  amount bigint not null check (amount > 0),
  -- Counted although the act failed: a call that failed was a call.
  kept boolean not null,
  -- People let it pass beyond the cap.
  lift boolean not null,
  primary key (permit, account)
) with (fillfactor = 70);
--> statement-breakpoint
-- What was reserved for acts becomes what they came to (`spent`, by account), at most what was reserved. Without word: all of it for
-- one that was done; for one that failed, only what is counted all the same. Of `outcomes`, those of these permits that are known; all
-- at once, as the acts of one batch mostly share their accounts.
create function reeve.settle(outcomes jsonb, permits text[]) returns void language plpgsql as $$
begin
  with said as (
    select permit, state, spent from jsonb_to_recordset(outcomes) as o(permit text, state text, spent jsonb)
    where permit = any(permits) and state in ('done', 'failed')
  ),
  gone as (
    delete from reeve.reservation r using said s where r.permit = s.permit
    returning r.account, r.amount, r.lift,
      coalesce((s.spent->>r.account)::bigint, case when s.state = 'done' or r.kept then r.amount else 0 end) as cost
  ),
  settled as (
    select account, sum(amount) as amount, sum(least(cost, amount)) as charged, sum(greatest(0, cost - amount)) as beyond,
      sum(case when lift then amount - least(cost, amount) else 0 end) as unused
    from gone group by account
  )
  update reeve.account a set reserved = a.reserved - s.amount, spent = a.spent + s.charged, extra = a.extra - s.unused,
      overdrawn = a.overdrawn + s.beyond
    from settled s where a.key = s.account;
end $$;
--> statement-breakpoint
-- A stop has an owner and somebody who is answerable for it.
alter table reeve.fence
  add column tenant text not null default '*',
  add column stopped_by text;
--> statement-breakpoint
-- Everything that one flush of the ledger holds, in one transaction and one round trip. `p` is
--   { head: {seq, chain, law}, to: {seq, chain, law}, at, entries, events?, runs?, ends?, effects?, effectMoves?, reservations?, outcomes?,
--     releases?, approvals?, approvalMoves?, documents?, fences?, agents?, sources?, cases? }
-- RV001: another writer was faster; reload the head. RV002: the law has changed; judge again. RV003: an effect or run is not
-- in the state that this change follows from (detail: its id). RV004: a budget has no room (detail: its account; hint: what is left). RV005: an
-- approval or document has changed since it was read (detail: its id).
create or replace function reeve.append(p jsonb) returns void language plpgsql as $$
declare
  now_at timestamptz := (p->>'at')::timestamptz;
  x record;
  held boolean;
  settling text[] := '{}';
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

  -- INVARIANT (caps-hold): the head is locked, so nobody else reserves meanwhile. Before anything else, as it may well fail. What
  -- people let pass (`lift`) is counted beside the cap, so that it takes no room from others and leaves none behind.
  if p ? 'reservations' then
    for x in select account, budget, tenant, period, cap, lift, sum(amount)::bigint as amount
        from jsonb_to_recordset(p->'reservations')
          as r(account text, budget text, tenant text, period text, amount bigint, cap bigint, lift boolean)
        group by account, budget, tenant, period, cap, lift order by account loop
      update reeve.account set reserved = reserved + x.amount, extra = extra + case when x.lift then x.amount else 0 end
        where key = x.account and (x.lift or spent + reserved - extra + x.amount <= x.cap);
      if not found then
        insert into reeve.account (key, budget, tenant, period, reserved, extra)
          select x.account, x.budget, x.tenant, x.period, x.amount, case when x.lift then x.amount else 0 end
          where x.lift or x.amount <= x.cap
          on conflict (key) do nothing;
        if not found then
          raise exception 'a budget has no room' using errcode = 'RV004', detail = x.account,
            hint = greatest(0, x.cap - coalesce((select spent + reserved - extra from reeve.account where key = x.account), 0));
        end if;
      end if;
    end loop;
    insert into reeve.reservation (permit, account, amount, kept, lift)
      select permit, account, amount, kept, lift
      from jsonb_to_recordset(p->'reservations') as r(permit text, account text, amount bigint, kept boolean, lift boolean);
  end if;

  insert into reeve.entry (seq, kind, tenant, run, agent, at, body, leaf, chain)
    select seq, kind, tenant, run, agent, now_at, body, decode(leaf, 'hex'), decode(chain, 'hex')
    from jsonb_to_recordset(p->'entries')
      as x(seq bigint, kind text, tenant text, run text, agent text, body text, leaf text, chain text);

  if p ? 'events' then
    insert into reeve.event (id, seq, tenant, type, source, source_id, subject, time, data, data_digest, label, dedupe_key,
                             principal, root, depth, trail)
      select id, seq, tenant, type, source, source_id, subject, time, data, data_digest, label, dedupe_key,
             principal, root, depth, trail
      from jsonb_to_recordset(p->'events')
        as x(id text, seq bigint, tenant text, type text, source text, source_id text, subject text, time text, data text,
             data_digest text, label jsonb, dedupe_key text, principal text, root text, depth int, trail jsonb);
  end if;

  if p ? 'runs' then
    insert into reeve.run (id, seq, tenant, agent, agent_version, event, subject, admitted_at)
      select id, seq, tenant, agent, agent_version, event, subject, now_at
      from jsonb_to_recordset(p->'runs')
        as x(id text, seq bigint, tenant text, agent text, agent_version text, event text, subject text);
  end if;

  if p ? 'effects' then
    insert into reeve.effect (permit, seq, run, step, tenant, agent, tool, tool_digest, class, system, state, arguments,
                              arguments_digest, amount_minor, currency, why, reserved, intended_at)
      select permit, seq, run, step, tenant, agent, tool, tool_digest, class, system, state, arguments,
             arguments_digest, amount_minor, currency, why, coalesce(reserved, false), now_at
      from jsonb_to_recordset(p->'effects')
        as x(permit text, seq bigint, run text, step int, tenant text, agent text, tool text, tool_digest text, class text,
             system text, state text, arguments text, arguments_digest text, amount_minor bigint, currency text, why text,
             reserved boolean);
  end if;

  -- What waited for people, or was voided and is asked anew, goes on from `waiting` and from nowhere else.
  if p ? 'effectMoves' then
    for x in select * from jsonb_to_recordset(p->'effectMoves')
        as m(permit text, seq bigint, tool text, class text, system text, state text, arguments text, arguments_digest text, tool_digest text, amount_minor bigint,
             currency text, why text, reserved boolean) loop
      update reeve.effect set state = x.state, reserved = coalesce(x.reserved, false),
          tool = x.tool, class = x.class, system = x.system, seq = x.seq, arguments = x.arguments, arguments_digest = x.arguments_digest,
          tool_digest = x.tool_digest, amount_minor = x.amount_minor, currency = x.currency, why = x.why, intended_at = now_at,
          ended_at = case when x.state = 'refused' then now_at end
        where permit = x.permit and state || '' = 'waiting'
          -- A request that was made to see whether people look never goes on to be executed.
          and not (x.state = 'intent' and exists (
            select 1 from reeve.document d where d.kind = 'seeded-check' and d.id = reeve.effect.run));
      if not found then
        raise exception 'an effect does not go on from where it stands' using errcode = 'RV003', detail = x.permit;
      end if;
    end loop;
  end if;

  -- One by one, each by its key. As one statement over all of them the plan is the one that was made when the tables were empty,
  -- and may walk everything that waits for people (measured with 900 waiting: 1.3 against 0.5 ms of CPU for one outcome).
  if p ? 'outcomes' then
    for x in select * from jsonb_to_recordset(p->'outcomes') as o(permit text, state text, why text, spent jsonb) loop
      update reeve.effect set state = x.state, why = x.why, ended_at = now_at
        where permit = x.permit and (state || '' = 'intent' or (state || '' = 'unknown' and x.state <> 'unknown'))
        returning reserved into held;
      if not found then
        raise exception 'an outcome does not follow from where its effect stands' using errcode = 'RV003', detail = x.permit;
      end if;
      -- What was reserved is settled with the outcome. Unknown: it may have been spent, so it stays reserved.
      if held and x.state in ('done', 'failed') then
        settling := settling || x.permit;
      end if;
    end loop;
    if cardinality(settling) > 0 then
      perform reeve.settle(p->'outcomes', settling);
    end if;
  end if;

  -- Room that an effect still holds although it is over: it should not happen, and is on record when it does.
  if p ? 'releases' then
    for x in select r.permit, e.state from jsonb_to_recordset(p->'releases') as r(permit text)
        left join reeve.effect e on e.permit = r.permit loop
      if coalesce(x.state, '') in ('intent', 'unknown') then
        raise exception 'an effect that is not over keeps its room' using errcode = 'RV003', detail = x.permit;
      end if;
      perform reeve.settle(
        jsonb_build_array(jsonb_build_object('permit', x.permit, 'state',
          case when x.state in ('done', 'compensated', 'compensation-failed') then 'done' else 'failed' end)),
        array[x.permit]);
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
    insert into reeve.approval (id, seq, run, step, tenant, agent, tool, intent_digest, policies, roles, asked_at, expires_at,
                                rev, permit, due_at, content)
      select id, seq, run, step, tenant, agent, tool, intent_digest, policies, roles, now_at, expires_at, 1, permit, due_at, content
      from jsonb_to_recordset(p->'approvals')
        as x(id text, seq bigint, run text, step int, tenant text, agent text, tool text, intent_digest text,
             policies text[], roles text[], expires_at timestamptz, permit text, due_at timestamptz, content jsonb);
  end if;

  if p ? 'approvalMoves' then
    for x in select * from jsonb_to_recordset(p->'approvalMoves')
        as m(id text, rev int, state text, intent_digest text, policies text[], roles text[], due_at timestamptz, content jsonb) loop
      update reeve.approval set rev = x.rev, state = x.state, intent_digest = x.intent_digest, policies = x.policies,
          roles = x.roles, due_at = x.due_at, content = x.content,
          settled_at = case when x.state = 'pending' then null else coalesce(settled_at, now_at) end
        where id = x.id and rev = x.rev - 1 and state || '' in ('pending', 'approved')
          -- Used in time, by the time that goes on record: an act may have waited for its turn.
          and (x.state <> 'consumed' or now_at < to_timestamp((x.content #>> '{bound,expiresAt}')::bigint / 1000.0));
      if not found then
        raise exception 'an approval has changed since it was read, or its time is over' using errcode = 'RV005', detail = x.id;
      end if;
    end loop;
  end if;

  if p ? 'documents' then
    for x in select * from jsonb_to_recordset(p->'documents')
        as d(kind text, id text, rev int, tenant text, state text, due_at timestamptz, content jsonb) loop
      if x.rev = 1 then
        insert into reeve.document (kind, id, rev, tenant, state, due_at, content, at)
          values (x.kind, x.id, 1, x.tenant, x.state, x.due_at, x.content, now_at) on conflict (kind, id) do nothing;
      else
        update reeve.document set rev = x.rev, state = x.state, due_at = x.due_at, content = x.content, at = now_at
          where kind = x.kind and id = x.id and rev = x.rev - 1;
      end if;
      if not found then
        raise exception 'a document has changed since it was read' using errcode = 'RV005', detail = x.id;
      end if;
    end loop;
  end if;

  -- From the epoch that was seen and from no other: nobody lifts a stop that came after the one they looked at.
  if p ? 'fences' then
    for x in select * from jsonb_to_recordset(p->'fences')
        as f(scope text, stopped boolean, epoch bigint, reason text, tenant text, stopped_by text) loop
      insert into reeve.fence as f (scope, stopped, epoch, reason, at, tenant, stopped_by)
        values (x.scope, x.stopped, x.epoch, x.reason, now_at, coalesce(x.tenant, '*'), x.stopped_by)
        on conflict (scope) do update
          set stopped = excluded.stopped, epoch = excluded.epoch, reason = excluded.reason, at = excluded.at,
              tenant = excluded.tenant, stopped_by = excluded.stopped_by
          where f.epoch = excluded.epoch - 1;
      if not found then
        raise exception 'a fence has changed since it was read' using errcode = 'RV005', detail = x.scope;
      end if;
    end loop;
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
grant select, insert on reeve.document, reeve.account, reeve.reservation, reeve.shown to reeve_app;
--> statement-breakpoint
grant update on reeve.document, reeve.account to reeve_app;
--> statement-breakpoint
grant delete on reeve.reservation to reeve_app;
