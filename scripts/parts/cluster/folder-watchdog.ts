import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

// Its standard input closes when this process is gone, even after kill -9. It looks for processes by their working folder,
// because the servers may have been started by others, and may have lost their postmaster.
const SCRIPT = `
trap '' INT HUP TERM
read -r word
[ "$word" = done ] && exit 0
found() {
  for folder in "$@"; do
    if [ -d /proc/self ]; then
      for p in /proc/[0-9]*; do [ "$(readlink "$p/cwd" 2>/dev/null)" = "$folder" ] && echo "\${p#/proc/}"; done
    else
      pid=$(head -n 1 "$folder/postmaster.pid" 2>/dev/null) && echo "$pid" && pgrep -P "$pid"
    fi
  done
}
pids=$(found "$@")
[ -n "$pids" ] && kill -CONT $pids
# Ended by this signal, a postmaster cleans up its shared memory. The number in an old lock file can be another process by now.
for folder in "$@"; do
  pid=$(head -n 1 "$folder/postmaster.pid" 2>/dev/null)
  for found in $pids; do [ "$found" = "$pid" ] && kill -QUIT "$pid"; done
done
sleep 1
n=0
while [ $n -lt 10 ]; do
  pids=$(found "$@")
  [ -z "$pids" ] && exit 0
  kill -KILL $pids
  sleep 0.2
  n=$((n + 1))
done
exit 0
`;

/** Ends every server of these data directories once this process is gone, however it ended; returns how to call it off. */
export function watchFolders(dataDirectories: readonly string[]): () => void {
  const dog = spawn('sh', ['-c', SCRIPT, 'watchdog', ...dataDirectories], { detached: true, cwd: '/', stdio: ['pipe', 'ignore', 'ignore'] });
  const line = dog.stdin as Socket;
  line.on('error', () => undefined);
  line.unref();
  dog.on('error', () => undefined);
  dog.unref();
  return () => void line.end('done\n');
}
