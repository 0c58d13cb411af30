-- Indexes that pages of the API follow. A run has the number of its event, so runs of one type are found through the events.
create index event_type on reeve.event (type, seq desc);
--> statement-breakpoint
create index run_tenant on reeve.run (tenant, seq desc, id);
--> statement-breakpoint
-- All kinds but those that every run leaves, which are so common that a page of one is found on the way.
create index entry_rare on reeve.entry (kind, seq)
  where kind not in ('event.admitted', 'intent.permitted', 'outcome.recorded', 'run.ended');
