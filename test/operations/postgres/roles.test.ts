import { describeOperation, verifySaysNo } from '../../support/describe-operation';
import { answerOf, databaseBed, effectOf, verdictOf } from '../../support/exercise-operation';
import { AppSessions } from '../../support/sessions';
import { startWorld, type World } from '../../support/world';

describe.each([15, 18] as const)('on PostgreSQL %i', (major) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ major });
    await world.admin.query(`create role app_web login password 'app_web'; create role app_other; create role app_root superuser;
      grant app_web to rb_ctl ${major === 18 ? 'with admin true' : ''}`);
  });
  afterAll(() => world.stop());
  const column = async <T>(name: string) =>
    (await world.admin.query<{ value: T }>(`select ${name} as value from pg_roles where rolname = 'app_web'`)).rows[0]?.value;
  const lacks = {
    take: () => world.admin.query('alter role rb_ctl nocreaterole'),
    giveBack: () => world.admin.query('alter role rb_ctl createrole'),
    says: /The login rb_ctl may not alter the role app_web\. Run: ALTER ROLE "rb_ctl" CREATEROLE/,
  };

  test('listRoleUse and findRoleLimit tell who holds how many connections, and how many each may hold', async () => {
    const sessions = new AppSessions(world);
    await sessions.idle('app_web', 5);
    expect(await answerOf(world, 'listRoleUse', {})).toContainEqual({ role: 'app_web', sessions: 5, limit: -1, superuser: false });
    await sessions.close();
    expect(await answerOf(world, 'findRoleLimit', { role: 'app_web' })).toEqual({ role: 'app_web', limit: -1 });
    expect(await answerOf(world, 'findRoleLimit', { role: 'nobody' })).toBeNull();
  });

  describeOperation('limitRoleConnections', {
    bed: () => databaseBed(world),
    prepare: () => world.admin.query('alter role app_web connection limit -1'),
    input: { role: 'app_web', limit: 7 },
    seen: () => column<number>('rolconnlimit'),
    changes: { from: -1, to: 7 },
    spoil: () => world.admin.query('alter role app_web connection limit 77'),
    lacks,
  });

  describeOperation('setRoleWorkMem', {
    bed: () => databaseBed(world),
    prepare: () => world.admin.query('alter role app_web reset work_mem'),
    input: { role: 'app_web', workMem: '2MB' },
    seen: () => column<string | null>('rolconfig::text'),
    changes: { from: null, to: '{work_mem=2MB}' },
    spoil: () => world.admin.query(`alter role app_web set work_mem = '77MB'`),
    lacks,
  });

  test('the verifications say what is there, and no where the role is not', async () => {
    await world.admin.query(`alter role app_web connection limit 7; alter role app_web set work_mem = '2MB'`);
    expect(await verdictOf(world, 'limitRoleConnections', { role: 'app_web', limit: 8 })).toMatchObject({ holds: false, seen: 'connection limit 7' });
    expect(await verdictOf(world, 'limitRoleConnections', { role: 'nobody', limit: 8 })).toMatchObject({ holds: false, seen: 'no such role' });
    expect(await verdictOf(world, 'setRoleWorkMem', { role: 'app_web', workMem: '3MB' })).toMatchObject({ holds: false, seen: 'work_mem 2MB' });
    expect(await verdictOf(world, 'setRoleWorkMem', { role: 'nobody', workMem: '3MB' })).toMatchObject({ holds: false, seen: 'no such role' });
    await verifySaysNo(databaseBed(world), 'setRoleWorkMem', { role: 'nobody', workMem: null });
  });

  test('a role that is not there, and a superuser, are told before people are asked', async () => {
    const preview = (role: string) => databaseBed(world).previewOf('limitRoleConnections', { role, limit: 1 });
    await expect(preview('nobody')).rejects.toMatchObject({
      type: 'PreconditionUnmet',
      message: expect.stringMatching(/^There is no role "nobody"[^.]*\.$/),
    });
    await expect(preview('app_root')).rejects.toMatchObject({ message: expect.stringContaining('A superuser is altered by superusers only') });
  });

  test('findRoleSettingRight, and what is required, say what the server would', async () => {
    const rights = async (role: string) => answerOf(world, 'findRoleSettingRight', { role });
    expect(await rights('app_web')).toEqual({ exists: true, allowed: true, login: 'rb_ctl' });
    expect(await rights('app_root')).toMatchObject({ allowed: false });
    expect(await rights('nobody')).toMatchObject({ exists: false, allowed: false });
    expect(await rights('app_other')).toMatchObject({ allowed: major === 15 });
    const input = { role: 'app_other', workMem: '2MB' };
    const [asked, other] = [databaseBed(world).previewOf('setRoleWorkMem', input), effectOf(world, 'setRoleWorkMem', input).act()];
    if (major === 15) {
      await expect(asked).resolves.toMatchObject({ before: { count: 1 } });
      await expect(other).resolves.toMatchObject({ how: 'done' });
    } else {
      await expect(asked).rejects.toMatchObject({ type: 'PreconditionUnmet' });
      await expect(other).rejects.toMatchObject({ code: '42501' });
    }
  });
});
