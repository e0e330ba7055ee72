import { isMainThread, BroadcastChannel, threadId } from 'node:worker_threads';

/** The memory of a process, its workflow thread's heap included; garbage is collected before. */
export interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
}

interface HeapOf {
  readonly threadId: number;
  readonly heapUsed: number;
}

const ASK = 'pg-runbooks bench: ask for the heap';
const TELL = 'pg-runbooks bench: tell the heap';

// Loaded before everything else in each thread (--require): workflows live in a thread whose heap only the thread itself can see.
if (!isMainThread) {
  const tell = new BroadcastChannel(TELL);
  const ask = new BroadcastChannel(ASK);
  ask.onmessage = () => tell.postMessage({ threadId, heapUsed: collectGarbage() } satisfies HeapOf);
  ask.unref();
  tell.unref();
}

/** Asks the threads for their heaps and adds the process's own. */
export async function memoryNow(): Promise<Memory> {
  const [ask, tell] = [new BroadcastChannel(ASK), new BroadcastChannel(TELL)];
  const heaps = new Map<number, number>();
  tell.onmessage = (event: unknown) => {
    const { data } = event as { data: HeapOf };
    heaps.set(data.threadId, data.heapUsed);
  };
  ask.postMessage(0);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  ask.close();
  tell.close();
  if (heaps.size === 0) throw new Error('No workflow thread told its heap.');
  const own = collectGarbage();
  return { rss: process.memoryUsage.rss(), heapUsed: [...heaps.values()].reduce((sum, heap) => sum + heap, own) };
}

function collectGarbage(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
