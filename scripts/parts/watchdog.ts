import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

// Its standard input closes when this process is gone, even after kill -9, so nothing has to be polled.
// Children are looked up one by one because PostgreSQL gives each of its processes a group of its own.
const SCRIPT = `
trap '' INT HUP TERM
read -r word
[ "$word" = done ] && exit 0
kids=$(cat "/proc/$1/task/$1/children" 2>/dev/null || pgrep -P "$1")
kill -CONT "$1" $kids
kill -"$2" "$1"
n=0
while [ $n -lt 30 ] && kill -0 "$1"; do sleep 0.1; n=$((n + 1)); done
kill -KILL -"$1"
kill -KILL "$1" $kids
exit 0
`;

// What still writes there is ended by watchdogs of its own within these seconds.
const REMOVAL = `
trap '' INT HUP TERM
read -r word
[ "$word" = done ] && exit 0
for second in 1 2 3 4 5 6; do
  sleep 1
  rm -rf "$1"
done
exit 0
`;

/** Kills the process, first with the signal and after three seconds hard, once this process is gone; returns how to call it off. */
export const watch = (pid: number, signal: 'QUIT' | 'TERM'): (() => void) => whenGone(SCRIPT, [String(pid), signal]);

/** Removes a folder once this process is gone without having done so; returns how to call it off. */
export const removeWhenGone = (folder: string): (() => void) => whenGone(REMOVAL, [folder]);

function whenGone(script: string, args: readonly string[]): () => void {
  const dog = spawn('sh', ['-c', script, 'watchdog', ...args], { detached: true, cwd: '/', stdio: ['pipe', 'ignore', 'ignore'] });
  const line = dog.stdin as Socket;
  line.on('error', () => undefined);
  line.unref();
  dog.on('error', () => undefined);
  dog.unref();
  return () => void line.end('done\n');
}
