import { setTimeout as sleep } from 'node:timers/promises';

type Stop = () => void | Promise<void>;

const stops = new Set<Stop>();
const kills = new Set<() => void>();
const STOP_TIMEOUT_MS = 15_000;
let listening = false;
let stopping = false;

function killEverything(): void {
  for (const kill of kills) kill();
}

async function stopEverything(): Promise<void> {
  // The last one started may need the earlier ones, so it is stopped first.
  for (const stop of [...stops].reverse()) {
    stops.delete(stop);
    try {
      await stop();
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
    }
  }
}

function onSignal(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void {
  const code = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal];
  if (stopping) {
    killEverything();
    process.exit(code);
  }
  stopping = true;
  void Promise.race([stopEverything(), sleep(STOP_TIMEOUT_MS)]).finally(() => process.exit(code));
}

function listen(): void {
  if (listening) return;
  listening = true;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  // Also reached after an uncaught exception; only what needs no waiting can be done here.
  process.on('exit', killEverything);
}

/** Runs the given work, last registered first, on Ctrl-C and on termination; the second Ctrl-C kills hard. Returns how to forget it. */
export function onExit(stop: Stop): () => void {
  listen();
  stops.add(stop);
  return () => void stops.delete(stop);
}

/** Registers an immediate kill for the end of this process, however it ends short of kill -9. Returns how to forget it. */
export function killAtExit(kill: () => void): () => void {
  listen();
  kills.add(kill);
  return () => void kills.delete(kill);
}
