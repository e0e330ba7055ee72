import { answerOf } from '../exercise-operation';
import type { World } from '../world';
import { layBed, type Dialect } from './beds';

interface Named {
  readonly entity: string;
}

/** Questions about the bed of a world, through the operations themselves. */
export class Questions {
  /** The answer of the probe. */
  on: object = {};

  constructor(private readonly world: () => World) {}

  async lay(dialect: Dialect): Promise<void> {
    await layBed(this.world().admin, dialect);
    this.on = await this.answer('probeTviews');
  }

  async answer<T>(name: string, input: object = {}): Promise<T> {
    return (await answerOf(this.world(), name, input)) as T;
  }

  async tview(entity: string): Promise<Named> {
    const found = (await this.answer<Named[]>('listTviews', { on: this.on })).find((one) => one.entity === entity || one.entity === `tv_${entity}`);
    if (!found) throw new Error(`No TVIEW ${entity}.`);
    return found;
  }

  async difference(entity: string): Promise<object> {
    return this.answer('compareTview', { on: this.on, tview: await this.tview(entity) });
  }
}
