-- restoreTriggerHandlers (write, transactional, login own)

-- before
select f.handler, f.definition, s.definition as saved
  from (select p.oid::regprocedure::text as handler, pg_get_functiondef(p.oid) as definition, p.prosrc as body
  from pg_proc p where p.oid = any(array['public.tview_trigger_handler()']::regprocedure[]::oid[])) f
  join (select distinct on (w.handler) w.handler, w.definition
          from runbooks.ledger l cross join lateral jsonb_to_recordset(l.before) as w (handler text, definition text)
         where l.operation = 'replaceTriggerHandlers' and l.state in ('claimed', 'done') and jsonb_typeof(l.before) = 'array'
         order by w.handler, l.seq desc) s using (handler)
 where f.body like '%refresh switched off by pg-runbooks%'
 order by f.handler;

-- statement
do 'begin execute ''CREATE OR REPLACE FUNCTION public.tview_trigger_handler() … ''''it''''''''s'''' …''; end';

-- verify
select count(*) = 0 as holds, 'no trigger function that does nothing'::text as expected, format('%s of them', count(*)) as seen
  from (select p.oid::regprocedure::text as handler, pg_get_functiondef(p.oid) as definition, p.prosrc as body
  from pg_proc p where p.oid = any(array['public.tview_trigger_handler()']::regprocedure[]::oid[])) f where body like '%refresh switched off by pg-runbooks%';
