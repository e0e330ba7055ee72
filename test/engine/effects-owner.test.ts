import type { OpenEffect } from '../../workflows/contracts/journal';
import { Effects } from '../../workflows/engine/effects/effects';

const effect = (key: string, undo: OpenEffect['undo'] = { by: 'putBack' }): OpenEffect => ({
  key,
  title: `Set ${key}`,
  operation: 'setAmount',
  input: { target: 'shop' },
  step: { workflowId: 'run', firstRunId: '1', runbook: 'restock', step: key, stepNumber: 1 },
  undo,
});

function effectsOf(...keys: string[]): Effects {
  const effects = new Effects();
  for (const key of keys) effects.register(effect(key));
  return effects;
}

const keysOf = (list: readonly OpenEffect[]): string[] => list.map(({ key }) => key);

test('an effect is registered once, however often it is attempted', () => {
  const effects = effectsOf('a', 'b', 'a');
  expect(keysOf(effects.open)).toEqual(['a', 'b']);
  expect(effects.hasChanged).toBe(true);
});

test('an effect without an undo is listed, and is not open', () => {
  const effects = effectsOf('a');
  effects.register(effect('b', { none: 'deleted rows are gone' }));
  expect(keysOf(effects.all)).toEqual(['a', 'b']);
  expect(keysOf(effects.open)).toEqual(['a']);
});

test('what is proved never to have begun leaves nothing: neither an undo nor a change', () => {
  const effects = effectsOf('a');
  effects.withdraw('a');
  expect(effects.open).toEqual([]);
  expect(effects.hasChanged).toBe(false);
});

test('a withdrawn effect takes no other with it', () => {
  const effects = effectsOf('a', 'b');
  effects.withdraw('b');
  expect(keysOf(effects.open)).toEqual(['a']);
  expect(effects.hasChanged).toBe(true);
});

/** An act without undo is ordered. */
function approach(effects: Effects, key: string): void {
  effects.approach(effect(key));
  effects.register(effect(key, { none: 'it is dropped' }));
}

test('a point of no return closes every undo when it was sent, not before, and says what stays', () => {
  const effects = effectsOf('a', 'b');
  approach(effects, 'drop');
  expect([effects.approaching, effects.pointOfNoReturn]).toEqual(['Set drop', null]);
  expect(keysOf(effects.open)).toEqual(['a', 'b']);
  expect(effects.closeUndos('drop')).toEqual(['Set a', 'Set b']);
  expect([effects.approaching, effects.pointOfNoReturn]).toEqual([null, 'Set drop']);
  expect(keysOf(effects.all)).toEqual(['drop']);
  expect(effects.open).toEqual([]);
  expect(effects.hasChanged).toBe(true);
});

test('an act that never acted leaves the undos open, in their order', () => {
  const effects = effectsOf('a', 'b');
  approach(effects, 'drop');
  effects.standBack('drop');
  effects.withdraw('drop');
  expect([effects.approaching, effects.pointOfNoReturn]).toEqual([null, null]);
  expect(keysOf(effects.all)).toEqual(['a', 'b']);
});

test('what was sent stays closed, whoever proves afterwards that he sent nothing', () => {
  const effects = effectsOf('a');
  approach(effects, 'drop');
  effects.closeUndos('drop');
  approach(effects, 'drop too');
  expect(effects.closeUndos('drop too')).toBeNull();
  effects.standBack('drop');
  expect(effects.pointOfNoReturn).toBe('Set drop');
  expect(effects.open).toEqual([]);
});

test('an ended bracket folds: its begin stands for what happened inside', () => {
  const effects = effectsOf('outside', 'begin', 'x', 'y');
  expect(effects.findBegin('begin')?.title).toBe('Set begin');
  effects.foldBracket('begin');
  expect(effects.findBegin('begin')).toBeUndefined();
  expect(keysOf(effects.open)).toEqual(['outside', 'x', 'y']);
  expect(effects.takeUndos().map((undo) => undo.kind)).toEqual(['bracket', 'effect']);
});

test('a bracket in which nothing happened leaves nothing to undo', () => {
  const effects = effectsOf('begin');
  effects.foldBracket('begin');
  expect(effects.takeUndos()).toEqual([]);
  expect(effects.hasChanged).toBe(true);
});

test('a rollback takes the newest first, and what failed can be taken again in the same order', () => {
  const effects = effectsOf('a', 'b', 'c');
  const taken = effects.takeUndos();
  expect(taken.map((undo) => undo.kind === 'effect' && undo.effect.key)).toEqual(['c', 'b', 'a']);
  expect(effects.open).toEqual([]);
  effects.putBack(taken.filter((undo) => undo.kind === 'effect' && undo.effect.key !== 'b'));
  expect(keysOf(effects.open)).toEqual(['a', 'c']);
});

test('effects that a failover lost are forgotten, inside brackets too', () => {
  const effects = effectsOf('a', 'begin', 'x', 'y');
  effects.confirm('x');
  effects.foldBracket('begin');
  expect(effects.forgetLost(['x'])).toEqual(['Set x']);
  expect(effects.isMade('x')).toBe(false);
  expect(keysOf(effects.open)).toEqual(['a', 'y']);
  effects.forgetLost(['begin']);
  expect(keysOf(effects.open)).toEqual(['a', 'y']);
});

test('a run whose every effect was lost has changed nothing', () => {
  const effects = effectsOf('a', 'b');
  effects.forgetLost(['a', 'b']);
  expect(effects.hasChanged).toBe(false);
});

test('a child run may have changed something before it says what', () => {
  const effects = new Effects();
  effects.registerChild('child');
  expect(effects.hasChanged).toBe(true);
  effects.adopt([effect('of the child')]);
  expect(effects.openTitles).toEqual(['Set of the child']);
});

test('what another run left open is undone by this one, and is no change of its own', () => {
  const effects = new Effects();
  effects.adopt([effect('of the ended run')]);
  expect(effects.openTitles).toEqual(['Set of the ended run']);
  expect(effects.hasChanged).toBe(false);
});
