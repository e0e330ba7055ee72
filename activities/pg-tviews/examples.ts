import type { Installation } from './installation';
import type { Tview } from './views';

const released: Installation = {
  dialect: 'immediate',
  schema: 'public',
  version: '0.1.0',
  handlers: ['public.tview_trigger_handler()'],
  queue: null,
  isExtension: true,
};
const queued: Installation = {
  dialect: 'queued',
  schema: 'public',
  version: null,
  handlers: ['pg_tviews_internal.enqueue()'],
  queue: { schema: 'pg_tviews_internal', table: 'queue' },
  isExtension: false,
};

/** A database without a word about its installation. */
export const TARGET = { target: 'orders-eu' };
/** A database with the released extension, as probeTviews answers it. */
export const RELEASED = { ...TARGET, on: released };
/** A database with the queued interface, as probeTviews answers it. */
export const QUEUED = { ...TARGET, on: queued };

/** A TVIEW, as listTviews answers it. */
export const ORDER: Tview = {
  entity: 'order',
  schema: 'shop',
  table: 'tv_order',
  viewSchema: 'shop',
  view: 'v_order',
  columns: ['pk_order', 'fk_customer', 'data'],
  key: 'pk_order',
};
