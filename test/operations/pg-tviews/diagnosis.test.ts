import { expectStatements } from '../../support/exercise-operation';
import { IMMEDIATE, ORDERS, QUEUED } from '../../support/pg-tviews/examples';

test('the statements of the diagnosis are the recorded ones', () => {
  expectStatements('pg-tviews', 'findTviewRemains', {});
  expectStatements('pg-tviews', 'diagnoseTriggers', { on: IMMEDIATE });
  expectStatements('pg-tviews', 'diagnoseLocks', { on: IMMEDIATE, longerThan: '1 minute' });
  expectStatements('pg-tviews', 'listCascades', { on: IMMEDIATE });
  const cascade = { entity: 'customer', dependant: 'order', schema: 'public', table: 'tv_order', column: 'fk_customer' };
  expectStatements('pg-tviews', 'diagnoseFanOut', { on: IMMEDIATE, cascade });
  expectStatements('pg-tviews', 'diagnoseTview', { on: IMMEDIATE, tview: ORDERS });
  expectStatements('pg-tviews', 'diagnoseQueue', { on: QUEUED, longerThan: '1 minute' });
});
