import type { NativeConnection } from '@temporalio/worker';

/** Which of the wanted search attributes the server knows. An unregistered one would fail every workflow task for ever. */
export async function registeredSearchAttributes(connection: NativeConnection, namespace: string, wanted: readonly string[]): Promise<string[]> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const known = Object.keys(customAttributes ?? {});
    return wanted.filter((name) => known.includes(name));
  } catch {
    // Temporal Cloud may refuse the question; runs then go without search attributes.
    return [];
  }
}
