import { connect } from 'node:net';
import { z } from 'zod';
import { FAILURES, type FailureType } from '../../../workflows/contracts/failures';
import { KernelFailure } from '../../sql/kernel-failure';
import type { Endpoint, EndpointNode, EndpointState } from '../providers';

const Answer = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    state: z.object({ open: z.boolean(), node: z.string().nullable(), token: z.number(), busy: z.number(), reconnects: z.number() }),
  }),
  z.object({ ok: z.literal(false), type: z.string(), message: z.string() }),
]);
type State = Extract<z.infer<typeof Answer>, { ok: true }>['state'];

// An answer that takes longer than this is none; a drain may wait in addition.
const ANSWER_WITHIN_MS = 5_000;

/** The small TCP endpoint of the demo and the tests, by its control port: one line of JSON asks, one answers. */
export class TcpEndpoint implements Endpoint {
  readonly label: string;

  constructor(private readonly at: { readonly host: string; readonly port: number }) {
    this.label = `tcp endpoint ${at.host}:${at.port}`;
  }

  async describe(): Promise<EndpointState> {
    const { open, node, token, busy } = await this.ask({ do: 'describe' });
    return { open: open ? 'open' : 'closed', node, token, busy, problems: [] };
  }

  async close(how: 'drain' | 'kill', withinMs: number, signal: AbortSignal): Promise<void> {
    const { open, busy } = await this.ask({ do: 'close', how, withinMs }, withinMs, signal);
    if (open || busy > 0) {
      throw new KernelFailure('EndpointBusy', `The ${this.label} says it is closed, but ${busy} connections still run something. Retry.`, 'soon');
    }
  }

  async point(node: EndpointNode, token: number): Promise<void> {
    await this.ask({ do: 'point', node: { name: node.name, host: node.host, port: node.port }, token });
  }

  async open(): Promise<void> {
    await this.ask({ do: 'open' });
  }

  private async ask(request: object, extraMs = 0, signal?: AbortSignal): Promise<State> {
    const line = await this.answerTo(JSON.stringify(request), ANSWER_WITHIN_MS + extraMs, signal);
    const answer = Answer.safeParse(parsed(line));
    if (!answer.success) throw this.unreachable('its answer is not that of an endpoint; another program may listen there');
    if (answer.data.ok) return answer.data.state;
    const { type, message } = answer.data;
    throw new KernelFailure(type in FAILURES ? (type as FailureType) : 'PreconditionUnmet', message);
  }

  private answerTo(request: string, withinMs: number, signal?: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = '';
      const socket = connect(this.at.port, this.at.host, () => socket.write(`${request}\n`));
      const timer = setTimeout(() => fail(`no answer within ${withinMs} ms`), withinMs);
      const onAbort = (): void => fail('the run was cancelled');
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        socket.destroy();
      };
      const fail = (why: string): void => {
        end();
        reject(this.unreachable(why));
      };
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      socket.on('error', (error) => fail(error.message));
      socket.on('close', () => fail('the connection closed without an answer'));
      socket.on('data', (bytes) => {
        text += bytes.toString('utf8');
        const at = text.indexOf('\n');
        if (at < 0) return;
        end();
        resolve(text.slice(0, at));
      });
    });
  }

  private unreachable(why: string): KernelFailure {
    return new KernelFailure('TargetUnreachable', `The ${this.label} does not answer (${why}). Check that it runs, then retry.`, 'soon');
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
