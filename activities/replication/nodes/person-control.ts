import { KernelFailure } from '../../sql/kernel-failure';
import type { NodeAct, NodeControl, NodeState } from '../providers';

const WORDS: Readonly<Record<NodeAct, string>> = {
  stop: 'stop its server',
  start: 'start its server',
  mark: 'place or remove standby.signal',
  fence: 'make sure that its server is off',
  rewind: 'run pg_rewind on it',
  reclone: 'clone it anew',
};

/** A node that a person looks after: nothing is known of it, and the person is asked for every act. */
export class PersonControl implements NodeControl {
  readonly by = 'person';

  constructor(private readonly node: string) {}

  async can(act: NodeAct): Promise<string> {
    return `a person looks after ${this.node} (control: by: person in targets.yaml) and must ${WORDS[act]}`;
  }

  async state(): Promise<NodeState> {
    return { running: null, standbySignal: null, control: null };
  }

  markStandby = (): Promise<never> => this.refused('mark');
  pointAt = (): Promise<never> => this.refused('mark');
  unmarkStandby = (): Promise<never> => this.refused('mark');
  stop = (): Promise<never> => this.refused('stop');
  start = (): Promise<never> => this.refused('start');
  fence = (): Promise<never> => this.refused('fence');
  rewind = (): Promise<never> => this.refused('rewind');
  reclone = (): Promise<never> => this.refused('reclone');

  private async refused(act: NodeAct): Promise<never> {
    const why = await this.can(act);
    throw new KernelFailure('CapabilityAbsent', `${why.charAt(0).toUpperCase()}${why.slice(1)}.`);
  }
}
