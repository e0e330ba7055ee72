import { lossOf, parseSyncNames, quorumProof } from '../../../activities/replication/loss';
import type { Sample, Seen } from '../../../activities/control/samples';

const seen = (lsn: string, more: Partial<Seen> = {}): Seen => ({ node: 'node1', timeline: 1, lsn, syncNames: '', members: [], ...more });
const sample = (ageSeconds: number, primary: Seen | null): Sample => ({ ageSeconds, primary });
const best = { name: 'node2', lsn: '0/1000' };
const loss = (samples: readonly Sample[], timeline = 1) => lossOf(samples, best, ['node2', 'node3'], { timeline, mayStillWrite: false });

describe('without a proof the loss is a bound or unknown', () => {
  test.each([
    ['no sample', [], 'the sampler has stored nothing'],
    ['only gaps', [sample(1, null), sample(2, null)], 'the sampler has stored nothing'],
    ['one sample', [sample(1, seen('0/1000'))], 'not two samples'],
    ['an old one', [sample(601, seen('0/1000')), sample(602, seen('0/1000'))], '601 seconds old'],
    ['another timeline', [sample(1, seen('0/1000', { timeline: 2 })), sample(2, seen('0/F00', { timeline: 2 }))], 'of timeline 2'],
    ['a rate of another timeline only', [sample(1, seen('0/1000')), sample(2, seen('0/F00', { timeline: 7 }))], 'not two samples'],
  ])('%s: unknown, never 0', (_, samples, why) => {
    expect(loss(samples)).toMatchObject({ bytes: null, proved: false, says: expect.stringMatching(`^unknown: .*${why}`) });
  });

  test('what the primary had, and twice its fastest rate for as long as nobody looked', () => {
    const samples = [sample(4, null), sample(6, seen('0/41000')), sample(7, seen('0/31000')), sample(8, seen('0/11000'))];
    // 0x40000 bytes known; at most 0x20000 bytes a second, twice, for the two seconds up to the look that found nobody.
    expect(loss(samples)).toMatchObject({ bytes: 0x40000 + 2 * 0x20000 * 2, proved: false });
  });

  test('a gap between samples is no reason to know less of the rate', () => {
    const samples = [sample(1, null), sample(2, seen('0/101000')), sample(3, null), sample(4, seen('0/1000'))];
    expect(lossOf(samples, { ...best, lsn: '0/101000' }, ['node2'], { timeline: 1, mayStillWrite: false })).toMatchObject({ bytes: 2 * 0x80000 });
  });

  test('without a look that found nobody, the blind time lasts until now', () => {
    expect(
      lossOf([sample(10, seen('0/101000')), sample(11, seen('0/1000'))], { ...best, lsn: '0/101000' }, ['node2'], {
        timeline: 1,
        mayStillWrite: false,
      }),
    ).toMatchObject({
      bytes: 2 * 0x100000 * 10,
    });
  });

  test('where nobody knows that it was off, it may have gone on until now', () => {
    const samples = [sample(4, null), sample(6, seen('0/41000')), sample(7, seen('0/31000'))];
    expect(lossOf(samples, best, ['node2'], { timeline: 1, mayStillWrite: true })).toMatchObject({ bytes: 0x40000 + 2 * 0x10000 * 6 });
  });

  test('a primary that stood still in every sample may have gone on after it: a page, never nothing', () => {
    const still = [sample(1, null), sample(2, seen('0/1000')), sample(3, seen('0/1000')), sample(4, seen('0/1000'))];
    expect(loss(still)).toMatchObject({ bytes: 8_192, proved: false });
  });

  test('a candidate beyond the last sample loses what came after it only', () => {
    expect(loss([sample(1, null), sample(2, seen('0/F00')), sample(3, seen('0/E00'))])).toMatchObject({ bytes: 8_192, proved: false });
  });
});

describe('the quorum rule', () => {
  const synchronous = (syncNames: string, members = [{ name: 'node2', sync: 'quorum' }]): Sample[] =>
    [1, 2, 3].map((age) => sample(age, seen('0/1000', { syncNames, members })));

  test.each([
    ['ANY 1 (node2,node3)', ['node2', 'node3'], true],
    ['ANY 1 (node2,node3)', ['node2'], false],
    ['ANY 2 (node2,node3)', ['node2'], true],
    ['ANY 2 (node2,node3)', ['node3'], false],
    ['any 2 (node2, node3, "node4")', ['node2', 'node4'], true],
    ['ANY 2 (node2,node3,node4)', ['node2'], false],
    ['ANY 1 (node3,node4)', ['node2', 'node3', 'node4'], false],
    ['ANY 1 (*)', ['node2', 'node3'], false],
    ['*', ['node2', 'node3'], false],
    ['', ['node2', 'node3'], false],
  ])('%s, %j answering: proved %s', (names, answering, proved) => {
    expect(quorumProof(synchronous(names), 'node2', answering, 1) !== null).toBe(proved);
    expect(lossOf(synchronous(names), best, answering, { timeline: 1, mayStillWrite: false })).toMatchObject({
      proved,
      ...(proved ? { bytes: 0 } : {}),
    });
  });

  test.each([['FIRST 1 (node2,node3)'], ['1 (node2,node3)'], ['node2, node3'], ['"node2",node3']])(
    '%s: the one that was synchronous is enough',
    (names) => {
      expect(quorumProof(synchronous(names, [{ name: 'node2', sync: 'sync' }]), 'node2', ['node2'], 1)).toMatch('nothing acknowledged');
      expect(quorumProof(synchronous(names, [{ name: 'node2', sync: 'potential' }]), 'node2', ['node2'], 1)).toBeNull();
      expect(quorumProof(synchronous(names, [{ name: 'node3', sync: 'sync' }]), 'node2', ['node2'], 1)).toBeNull();
      // Whoever it was, the furthest of all that it could have been has everything.
      expect(quorumProof(synchronous(names, [{ name: 'node3', sync: 'sync' }]), 'node2', ['node2', 'node3'], 1)).not.toBeNull();
    },
  );

  test('a setting that was changing, or a state that was, proves nothing', () => {
    const [a, b, c] = synchronous('ANY 1 (node2,node3)') as [Sample, Sample, Sample];
    expect(quorumProof([a, b], 'node2', ['node2', 'node3'], 1)).toBeNull();
    expect(quorumProof([a, b, sample(3, seen('0/1', { syncNames: '' }))], 'node2', ['node2', 'node3'], 1)).toBeNull();
    const before = synchronous('node2', [{ name: 'node2', sync: 'sync' }]);
    const now = sample(0, seen('0/1', { syncNames: 'node2,node3' }));
    expect(quorumProof([now, ...before], 'node2', ['node2', 'node3'], 1)).toBeNull();
    expect(quorumProof([sample(0, null), a, b, c], 'node2', ['node2', 'node3'], 1)).not.toBeNull();
  });

  test('samples of another primary, of another timeline or of long ago prove nothing', () => {
    const proof = synchronous('ANY 1 (node2,node3)');
    const moved = proof.map((one, i) => (i === 2 && one.primary ? sample(3, { ...one.primary, timeline: 7 }) : one));
    expect(lossOf(moved, best, ['node2', 'node3'], { timeline: 1, mayStillWrite: false }).proved).toBe(false);
    expect(lossOf(proof, best, ['node2', 'node3'], { timeline: 2, mayStillWrite: false }).proved).toBe(false);
    expect(lossOf(proof.map((one) => ({ ...one, ageSeconds: one.ageSeconds + 3_600 })), best, ['node2', 'node3'], { timeline: 1, mayStillWrite: false }).proved).toBe(false); // prettier-ignore
  });
});

describe('synchronous_standby_names', () => {
  test.each([
    ['', null],
    ['  ', null],
    ['ANY 1 (a,b)', { kind: 'any', count: 1, names: ['a', 'b'] }],
    ['any 2(a, b ,c)', { kind: 'any', count: 2, names: ['a', 'b', 'c'] }],
    ['FIRST 2 (a,b)', { kind: 'first', count: 2, names: ['a', 'b'] }],
    ['2 (a,b)', { kind: 'first', count: 2, names: ['a', 'b'] }],
    ['a', { kind: 'first', count: 1, names: ['a'] }],
    ['a, "b c"', { kind: 'first', count: 1, names: ['a', 'b c'] }],
    ['ANY 1 ("a,b", "c)d", "e""f")', { kind: 'any', count: 1, names: ['a,b', 'c)d', 'e"f'] }],
    ['*', { kind: 'first', count: 1, names: ['*'] }],
    ['ANY 1 ("node-1", node_2)', { kind: 'any', count: 1, names: ['node-1', 'node_2'] }],
    ['ANY 1 (node2, node2)', { kind: 'any', count: 1, names: ['node2'] }],
  ])('%s', (text, rule) => {
    expect(parseSyncNames(text)).toEqual(rule);
  });
});
