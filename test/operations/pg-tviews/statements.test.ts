import { expectStatements } from '../../support/exercise-operation';

const immediate = {
  dialect: 'immediate',
  schema: 'public',
  version: '0.1.0',
  handlers: ['public.tview_trigger_handler()'],
  queue: null,
  isExtension: true,
};
const queued = {
  dialect: 'queued',
  schema: 'public',
  version: null,
  handlers: ['pg_tviews_internal.enqueue()'],
  queue: { schema: 'pg_tviews_internal', table: 'queue' },
  isExtension: false,
};
const order = {
  entity: 'order',
  schema: 'shop',
  table: 'tv_order',
  viewSchema: 'shop',
  view: 'v_order',
  columns: ['pk_order', 'fk_customer', 'data'],
  key: 'pk_order',
};
const triggers = [
  { schema: 'shop', table: 'tb_customer', trigger: 'trg_tview_customer_on_tb_customer', state: 'O' },
  { schema: 'shop', table: 'tb "odd"', trigger: 'trg_tview_odd', state: 'R' },
  { schema: 'shop', table: 'tb "odd"', trigger: 'trg_tview_more', state: 'A' },
];
const handler = { handler: 'public.tview_trigger_handler()', definition: "CREATE OR REPLACE FUNCTION public.tview_trigger_handler() … 'it''s' …" };
const entries = [{ entity: 'tv_gone', entries: 3, oldest: '2030-01-01 00:00:00+00', until: '2030-01-01 00:00:01+00' }];

test.each([
  ['probeTviews', {}],
  ['listTviews', { on: immediate }],
  ['listTviewStatus', { on: immediate }],
  ['countTviews', { on: immediate }],
  ['compareTview', { on: queued, tview: order }],
  ['measureRefreshTriggers', { on: immediate }],
  ['measureQueue', { on: queued }],
  ['listQueueByView', { on: queued }],
])('%s', (name, input) => expectStatements('pg-tviews', name, input));

test.each([
  ['disableRefreshTriggers', { on: immediate }, triggers],
  ['restoreRefreshTriggers', { on: immediate }, triggers.map((one) => ({ ...one, state: 'D', recorded: one.state }))],
  ['setRefreshTriggers', { on: immediate, states: triggers }, triggers],
  ['replaceTriggerHandlers', { on: immediate }, [handler]],
  ['restoreTriggerHandlers', { on: immediate }, [{ ...handler, saved: handler.definition }]],
  ['setTriggerHandlers', { on: immediate, definitions: [handler] }, [handler]],
  ['refreshTviewByTruncate', { on: immediate, tview: order }, [{ table: 'shop.tv_order', estimated: '20' }]],
  ['refreshTviewByRows', { on: immediate, tview: order }, [{ table: 'shop.tv_order', estimated: '20' }]],
  ['refreshQueued', { on: queued, views: 2, cap: 10 }, entries],
  ['setAsideQueue', { on: queued, only: 'orphaned' }, entries],
  ['putBackQueue', { on: queued, entries: [{ entity: 'tv_gone', entries: 3, until: '2030-01-01 00:00:01+00' }] }, entries],
] as [string, object, object[]][])('%s', (name, input, before) => expectStatements('pg-tviews', name, input, before));
