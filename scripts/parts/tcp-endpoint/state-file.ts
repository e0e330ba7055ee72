import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Where an endpoint can point. */
export interface EndpointNode {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** What an endpoint knows after a restart. */
export interface KeptState {
  readonly open: boolean;
  readonly node: EndpointNode;
  readonly token: number;
}

/** The state in a file, so that a restarted endpoint neither opens by itself nor forgets a token. */
export class EndpointFile {
  private kept: KeptState;

  constructor(
    private readonly path: string,
    first: EndpointNode,
  ) {
    this.kept = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as KeptState) : { open: true, node: first, token: 0 };
    this.save(this.kept);
  }

  get state(): KeptState {
    return this.kept;
  }

  /** Keeps the state; it counts only when it is on the disk. */
  save(state: KeptState): void {
    const unfinished = `${this.path}.new`;
    writeFileSync(unfinished, `${JSON.stringify(state)}\n`, { flush: true });
    renameSync(unfinished, this.path);
    this.kept = state;
  }
}
