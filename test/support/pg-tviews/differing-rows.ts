import type { World } from '../world';

/** How many rows of a TVIEW's view its table lacks or has in an older form; by the test's own statement, not by the operation that is tested. */
export async function differingRows(world: Pick<World, 'admin'>, entity: string): Promise<number> {
  const { rows } = await world.admin.query<{ count: number }>(
    `select count(*)::int as count from (select to_jsonb(v) as seen from v_${entity} v) v
      where not exists (select from tv_${entity} t where to_jsonb(t) @> v.seen)`,
  );
  return rows[0]?.count ?? -1;
}
