import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { KernelFailure } from '../../activities/sql/kernel-failure';
import type { OnStage } from '../../activities/effects/activity';
import type { RunbookHeader } from '../../workflows/contracts/header';
import { expectGolden, goldenPlan, kebabCase } from './goldens';
import { fingerprint, fingerprintBesideLedger } from './describe-runbook-fingerprint';
import { recordHistory } from './record-history';
import { EXPIRING } from './runbooks/expiring-id';
import { startWorld, type RunHandle, type World } from './world';

/** What there is to say of a runbook beside its own header. */
export interface Described {
  /** An input, without the target, with which it has something to do. */
  readonly input: object;
  readonly majors?: readonly (15 | 18)[];
  /** Whether its plan is the one that is recorded; false for a further world of the same runbook. Default true. */
  readonly golden?: boolean;
  readonly settings?: Record<string, string | number>;
  /** Makes the world in which the input has something to do; called before each test, so it must be repeatable. */
  readonly prepare?: (world: World) => Promise<void>;
  /** Closes what `prepare` opened. */
  readonly tidy?: () => Promise<void>;
  /** What the happy path must have made true. */
  readonly happened?: (world: World, run: RunHandle) => Promise<void>;
  /** What must be as before after a rollback, where some changes have no undo. Default: everything beside the ledger. */
  readonly restored?: (admin: World['admin']) => Promise<unknown>;
  /**
   * How long the first change waits after its cancellation, in milliseconds: a worker hears of it with a heartbeat, and a change
   * that no transaction holds together is over sooner. Default 0.
   */
  readonly cancelTakesMs?: number;
  /** Where a runbook is described more than once: the world's name in the tests and in the golden's file. */
  readonly variant?: string;
  /** Its first change has no undo: a cancellation may find it done, and then it stays. */
  readonly staysChanged?: true;
  /** Further tests, in the same worlds. */
  readonly more?: (given: Given) => void;
}

/** The world of a described runbook, for its further tests. */
export interface Given {
  readonly major: 15 | 18;
  readonly world: () => World;
  readonly start: (input?: object, id?: string) => Promise<RunHandle>;
  /** Does something at a stage of every write of the next run. */
  readonly onStage: (told: OnStage) => void;
}

/** The six tests that every runbook has: plan, rehearsal, happy path, failure at each step, gate expiry, cancellation. */
export function describeRunbook(runbook: { readonly header: RunbookHeader }, described: Described): void {
  const { header } = runbook;
  const { variant } = described;
  describe.each(described.majors ?? [18 as const])(`${header.id}${variant ? `, ${variant},` : ''} on PostgreSQL %i`, (major) => {
    let world: World;
    let tell: OnStage = () => undefined;
    beforeAll(async () => {
      world = await startWorld({ major, ...(described.settings ? { settings: described.settings } : {}), onStage: (...stage) => tell(...stage) });
    });
    afterAll(() => world.stop());
    beforeEach(async () => {
      tell = () => undefined;
      await described.prepare?.(world);
    });
    afterEach(async () => described.tidy?.());
    const asBefore = described.restored ?? fingerprintBesideLedger;
    const start = (input: object = {}, id?: string): Promise<RunHandle> => world.start(header.id, { ...described.input, ...input }, id);

    test('the plan is the recorded one', async () => {
      const { plan } = await (await start({ mode: 'plan' })).result();
      if (plan && described.golden === false) expect(plan.steps.length).toBeGreaterThan(0);
      else if (plan) expectGolden(`plans/${header.system}/${kebabCase(header.id)}${variant ? `.${variant}` : ''}.md`, goldenPlan(plan));
      else expect(header.risk).toBe('read-only');
    });

    test('the rehearsal writes nothing', async () => {
      const before = await fingerprint(world.admin);
      await (await start({ mode: 'plan' })).result();
      expect(await fingerprint(world.admin)).toEqual(before);
    });

    test('the happy path ends well', async () => {
      const name = kebabCase(header.id);
      const run = await start({}, recording ? `${name}/recorded` : undefined);
      await approveToTheEnd(run);
      expect(['done', 'nothing to do']).toContain((await run.result()).outcome);
      await described.happened?.(world, run);
      if (recording && described.golden !== false && (variant === undefined || variant === 'immediate'))
        recordHistory(name, await run.handle.fetchHistory());
    });

    test('a failure at each step rolls back in reverse to what was before', async () => {
      const planned = (await (await start({ mode: 'plan' })).result()).plan?.steps.filter((step) => step.write).length ?? 0;
      for (let failing = 1; failing <= planned; failing++) {
        if (failing > 1) await again();
        const before = await asBefore(world.admin);
        let writes = 0;
        tell = (_, kind, stage) => {
          if (kind === 'write' && stage === 'connected') writes++;
          if (kind === 'write' && stage === 'before effect' && writes === failing) throw new KernelFailure('OperationRejected', 'made to fail here');
        };
        const run = await start();
        if (!(await waitUntilParkedOrEnded(run))) return;
        await run.send('rollback', { by: 'olga', reason: 'it failed' });
        await expect(run.result()).rejects.toThrow();
        expect((await run.report()).outcome).toBe('rolled back');
        expect(await asBefore(world.admin)).toEqual(before);
        await expectReverseOrder(run);
      }
    });

    test('a gate that nobody answers rolls back (peers 5)', async () => {
      const before = await asBefore(world.admin);
      const run = await start({}, `${EXPIRING}${header.id}/${randomBytes(3).toString('hex')}`);
      const hasEnded = await run.until((now) => now.outcome !== null, 'the end');
      const asks = (await run.report()).plan?.steps.some((step) => step.verb === 'approve' && step.note === 'asks') ?? false;
      if (!asks) return;
      expect(hasEnded.outcome).toBe('rolled back');
      expect(hasEnded.summary).toContain('Nobody decided');
      expect(await asBefore(world.admin)).toEqual(before);
    });

    test('a cancellation at the gate and in the first change leaves everything as before', async () => {
      for (const where of ['gate', 'change'] as const) {
        await again();
        const before = await asBefore(world.admin);
        const run = await start();
        const cancelled = await cancelAt(run, where);
        if (!cancelled) return;
        await expect(run.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
        expect((await run.report()).outcome).toBe('cancelled');
        if (where === 'gate' || !described.staysChanged) expect(await asBefore(world.admin)).toEqual(before);
      }
    });

    described.more?.({ major, world: () => world, start, onStage: (next) => (tell = next) });

    async function again(): Promise<void> {
      tell = () => undefined;
      await described.tidy?.();
      await described.prepare?.(world);
    }

    async function cancelAt(run: RunHandle, where: 'gate' | 'change'): Promise<boolean> {
      let asked = false;
      tell = async (_, kind, stage) => {
        if (kind !== 'write' || stage !== 'before effect' || asked) return;
        asked = true;
        await run.handle.cancel();
        await sleep(described.cancelTakesMs ?? 0);
      };
      const { outcome } = await run.until((now) => now.gate !== null || now.outcome !== null || asked, 'a gate');
      if (outcome === 'done' || outcome === 'nothing to do') return false;
      if (where === 'gate') await run.handle.cancel();
      else if (!asked) await run.approve();
      return true;
    }
  });
}

// `npm run record` writes the histories that the replay test plays back.
const recording = process.env['RECORD_HISTORIES'] === '1';

/** Approves every gate until the run has ended or waits for an operator. */
async function waitUntilParkedOrEnded(run: RunHandle): Promise<boolean> {
  for (let gates = 0; gates < 10; gates++) {
    const seen = await run.until((now) => now.gate !== null || now.parked !== null || now.outcome !== null, 'a gate or the end');
    if (seen.parked) return true;
    if (seen.outcome) return false;
    await run.approve();
    await run.until((now) => now.gate?.openedAt !== seen.gate?.openedAt, 'the gate to pass');
  }
  throw new Error('More than 10 gates.');
}

async function approveToTheEnd(run: RunHandle): Promise<void> {
  if (await waitUntilParkedOrEnded(run)) throw new Error(`It parked: ${JSON.stringify((await run.status()).parked)}`);
}

async function expectReverseOrder(run: RunHandle): Promise<void> {
  const { steps, plan } = await run.report();
  const hasUndo = (title: string): boolean => plan?.steps.some((step) => step.title === title && step.write && 'by' in step.write.undo) ?? false;
  // A bracket that has ended is undone already.
  const ended = (title: string): boolean => steps.some((step) => step.title === `End: ${title}` && step.outcome === 'done');
  const changed = steps
    .filter((step) => ['apply', 'during', 'irreversible'].includes(step.verb) && hasUndo(step.title) && !ended(step.title))
    .map((step) => `Undo: ${step.title}`);
  const undone = steps.filter((step) => step.verb === 'undo' && changed.includes(step.title)).map((step) => step.title);
  expect(undone).toEqual([...changed].reverse());
}
