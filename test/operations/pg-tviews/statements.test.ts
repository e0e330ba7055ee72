import { expectStatements } from '../../support/exercise-operation';
import { IMMEDIATE, QUEUED } from '../../support/pg-tviews/examples';

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
  ['listTviews', { on: IMMEDIATE }],
  ['listTviewStatus', { on: IMMEDIATE }],
  ['countTviews', { on: IMMEDIATE }],
  ['compareTview', { on: QUEUED, tview: order }],
  ['measureRefreshTriggers', { on: IMMEDIATE }],
  ['measureQueue', { on: QUEUED }],
  ['listQueueByView', { on: QUEUED }],
])('%s', (name, input) => expectStatements('pg-tviews', name, input));

test.each([
  ['disableRefreshTriggers', { on: IMMEDIATE }, triggers],
  ['restoreRefreshTriggers', { on: IMMEDIATE }, triggers.map((one) => ({ ...one, state: 'D', recorded: one.state }))],
  ['setRefreshTriggers', { on: IMMEDIATE, states: triggers }, triggers],
  ['replaceTriggerHandlers', { on: IMMEDIATE }, [handler]],
  ['restoreTriggerHandlers', { on: IMMEDIATE }, [{ ...handler, saved: handler.definition }]],
  ['setTriggerHandlers', { on: IMMEDIATE, definitions: [handler] }, [handler]],
  ['refreshTviewByTruncate', { on: IMMEDIATE, tview: order }, [{ table: 'shop.tv_order', estimated: '20' }]],
  ['refreshTviewByRows', { on: IMMEDIATE, tview: order }, [{ table: 'shop.tv_order', estimated: '20' }]],
  ['refreshQueued', { on: QUEUED, views: 2, cap: 10 }, entries],
  ['setAsideQueue', { on: QUEUED, only: 'orphaned' }, entries],
  ['putBackQueue', { on: QUEUED, entries: [{ entity: 'tv_gone', entries: 3, until: '2030-01-01 00:00:01+00' }] }, entries],
] as [string, object, object[]][])('%s', (name, input, before) => expectStatements('pg-tviews', name, input, before));
