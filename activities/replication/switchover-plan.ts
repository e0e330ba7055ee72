import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { pluralize } from '../../workflows/pure/pluralize';
import { KernelFailure } from '../sql/kernel-failure';
import { clusterOperation } from './cluster-operation';
import { refuseOtherOwner } from './owner';
import { viewCluster } from './node-view';
import { WAIVABLE, candidatesOf, onlyPrimary, refusalsFor, type Refusal, type Waivable } from './readiness';

const Waive = z.enum(Object.keys(WAIVABLE) as [Waivable, ...Waivable[]]);

const Input = z.object({
  target: TargetName,
  candidate: z.string().optional(),
  maxLagBytes: z.int().nonnegative(),
  mostTransactionSeconds: z.int().positive(),
  override: z.array(Waive),
});

const Plan = z.object({
  primary: z.string(),
  primaryBy: z.enum(['local', 'person']),
  timeline: z.int(),
  candidate: z.string(),
  followers: z.array(z.string()),
  why: z.array(z.string()),
  waived: z.array(z.string()),
});

/** Chooses the candidate of a switchover; throws PreconditionUnmet with every reason and node that speaks against it. */
export const planSwitchover = clusterOperation({
  effect: 'read',
  input: Input,
  example: { target: 'orders-eu', maxLagBytes: 16_777_216, mostTransactionSeconds: 30, override: [] },
  answer: Plan,
  look: async (cluster, input) => {
    const views = await viewCluster(cluster);
    const one = onlyPrimary(views);
    if ('refusals' in one) throw refused(one.refusals);
    const { primary } = one;
    await refuseOtherOwner(cluster, primary.name);
    const candidates = candidatesOf(cluster, views, primary, input);
    const candidate = input.candidate ? views.find((view) => view.name === cluster.node(input.candidate ?? '').name) : candidates[0];
    if (!candidate || candidate.name === primary.name)
      throw refused([
        {
          node: input.candidate ?? primary.name,
          because: input.candidate ? 'it is the primary already; nothing has to be done' : 'no standby that may lead answers',
          waive: null,
        },
      ]);
    const state = await cluster.endpoint.describe();
    const endpoint: Refusal[] = [
      ...(state.open === 'open' ? [] : [`the endpoint ${cluster.endpoint.label} is ${state.open}`]),
      ...(state.node === `${cluster.node(primary.name).host}:${cluster.node(primary.name).port}`
        ? []
        : [`the endpoint points at ${state.node ?? 'no known node'}`]),
      ...state.problems,
    ].map((because) => ({ node: primary.name, because, waive: null }));
    const all = [...refusalsFor(cluster, views, primary, candidate, input), ...endpoint];
    const open = all.filter(({ waive }) => waive === null || !input.override.includes(waive));
    if (open.length) throw refused(open);
    const others = candidates.filter((view) => view.name !== candidate.name).map((view) => view.name);
    return {
      primary: primary.name,
      primaryBy: cluster.node(primary.name).control.by,
      timeline: primary.server.timeline,
      candidate: candidate.name,
      followers: views.filter((view) => view.name !== primary.name && view.name !== candidate.name).map((view) => view.name),
      why: [
        `${candidate.name}: ${input.candidate ? 'named by the requester' : 'synchronous where one is, near enough, and first by name'}`,
        ...others.map((name) => `not ${name}: ${input.candidate ? 'not named' : 'as good, and later by name, or further behind'}`),
      ],
      waived: all
        .filter(({ waive }) => waive !== null && input.override.includes(waive))
        .map(({ node, because, waive }) => `${node}: ${because}; ${WAIVABLE[waive as Waivable]}`),
    };
  },
});

/** Every refusal as one failure. */
function refused(refusals: readonly Refusal[]): KernelFailure {
  const lines = refusals.map(
    ({ node, because, waive }) => `${node}: ${because}${waive ? ` (override: ["${waive}"] goes on: ${WAIVABLE[waive]})` : ''}`,
  );
  return new KernelFailure('PreconditionUnmet', `Not now, ${pluralize(lines.length, 'reason')}: ${lines.join(' · ')}.`);
}
