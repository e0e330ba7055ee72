import * as nodeModule from 'node:module';

/** Keeps compiled JavaScript between starts where Node can (22.1 and later). */
export function enableCompileCache(): void {
  (nodeModule as { enableCompileCache?: () => unknown }).enableCompileCache?.();
}
