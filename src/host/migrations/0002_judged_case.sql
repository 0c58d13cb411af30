-- What was put before the law, so that a decision can be judged again under other policies. An intent's entry names its case by
-- digest and holds the amount; cases alike but for the amount are kept once. A case that is there is never another.
create table reeve.judged_case (
  digest text primary key,
  text text not null
);
--> statement-breakpoint
create trigger judged_case_only_grows before update or delete or truncate on reeve.judged_case
  for each statement execute function reeve.deny_change();
--> statement-breakpoint
grant select, insert on reeve.judged_case to reeve_app;
--> statement-breakpoint
-- As before, and `cases?`.
create or replace function reeve.append(p jsonb) returns void language plpgsql as $$
declare
  now_at timestamptz := (p->>'at')::timestamptz;
  expected int;
  changed int;
  stray text;
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

  if p ? 'outcomes' then
    with x as (
      select * from jsonb_to_recordset(p->'outcomes') as x(permit text, state text, why text)
    )
    update reeve.effect e set state = x.state, why = x.why, ended_at = now_at
      from x where e.permit = x.permit
        and (e.state = 'intent' or (e.state = 'unknown' and x.state <> 'unknown'));
    get diagnostics changed = row_count;
    expected := jsonb_array_length(p->'outcomes');
    if changed <> expected then
      select x.permit into stray from jsonb_to_recordset(p->'outcomes') as x(permit text)
        left join reeve.effect e on e.permit = x.permit and e.ended_at = now_at where e.permit is null limit 1;
      raise exception 'an outcome does not follow from where its effect stands' using errcode = 'RV003', detail = stray;
    end if;
  end if;

  if p ? 'ends' then
    update reeve.run r set state = x.state, why = x.why, attempts = coalesce(x.attempts, r.attempts),
        ended_at = case when x.state in ('queued', 'waiting') then null else now_at end
      from jsonb_to_recordset(p->'ends') as x(id text, state text, why text, attempts int)
      where r.id = x.id and r.state in ('queued', 'waiting');
    get diagnostics changed = row_count;
    if changed <> jsonb_array_length(p->'ends') then
      raise exception 'a run that has ended does not end again' using errcode = 'RV003';
    end if;
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
