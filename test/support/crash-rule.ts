import type { Order } from '../../workflows/contracts/orders';
import type { Stage } from '../../activities/effects/attempt';

/** Where a worker process is to die: when this operation of this run reaches this stage. */
export interface CrashRule {
  readonly run: string;
  /** `*` for any; then of any kind too. */
  readonly operation: string;
  readonly stage: Stage;
  /** `write` when left out. */
  readonly kind?: Order['kind'];
  /** From which attempt of the activity on; 1 when left out. */
  readonly attempt?: number;
  /** At the n-th time within one process; 1 when left out. */
  readonly nth?: number;
}

/** Everything that a worker process is told when it starts. */
export interface CrashOrders {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly codePath: string;
  /** The content of a targets file. */
  readonly registry: unknown;
  readonly rules: readonly CrashRule[];
  /** The journal's URL of a control database; none when left out. */
  readonly controlUrl?: string;
}

/** What a worker process tells its parent. */
export type CrashNews = { readonly ready: true } | { readonly reached: CrashRule };
