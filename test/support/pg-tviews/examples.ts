/** Inputs for goldens of statements: what probeTviews and findTview answer on the beds. */
export const IMMEDIATE = {
  dialect: 'immediate',
  schema: 'public',
  version: '0.1.0',
  handlers: ['public.tview_trigger_handler()'],
  queue: null,
  isExtension: true,
};
export const QUEUED = {
  dialect: 'queued',
  schema: 'public',
  version: null,
  handlers: ['pg_tviews_internal.enqueue()'],
  queue: { schema: 'pg_tviews_internal', table: 'queue' },
  isExtension: false,
};
export const ORDERS = {
  entity: 'order',
  schema: 'public',
  table: 'tv_order',
  viewSchema: 'public',
  view: 'v_order',
  columns: ['pk_order', 'fk_customer', 'data'],
  key: 'pk_order',
};
