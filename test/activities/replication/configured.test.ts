import { endpointOf } from '../../../activities/replication/endpoints/endpoint-of';
import { controlOf } from '../../../activities/replication/nodes/control-of';
import { registryOf } from '../../../activities/targets/registry';

const target = (
  endpoint: object | undefined,
  nodes: object[] = [{ name: 'node1', host: '127.0.0.1' }],
): ReturnType<ReturnType<typeof registryOf>['find']> =>
  registryOf({ targets: { shop: { environment: 'test', database: 'shop', nodes, logins: {}, ...(endpoint ? { endpoint } : {}) } } }).find('shop');

it('makes the endpoint that targets.yaml names', () => {
  expect(endpointOf(target(undefined))).toBeNull();
  expect(endpointOf(target({ by: 'tcp', host: '127.0.0.1', port: 7000 }))?.label).toBe('tcp endpoint 127.0.0.1:7000');
  const consoles = [{ host: 'pool1', user: 'admin', file: '/etc/pgbouncer/shop.ini' }];
  expect(endpointOf(target({ by: 'pgbouncer', database: 'shop', consoles }))?.label).toBe('pgbouncer shop at pool1:6432');
});

it('makes the control that targets.yaml names, by a person when it names none', () => {
  const [asked, local, lost] = target(undefined, [
    { name: 'node1', host: 'a' },
    { name: 'node2', host: 'b', dataDirectory: '/data', control: { by: 'local', bin: '/bin' } },
    { name: 'node3', host: 'c', control: { by: 'local', bin: '/bin' } },
  ]).nodes;
  expect(asked && controlOf(asked).by).toBe('person');
  expect(local && controlOf(local).by).toBe('local');
  expect(() => lost && controlOf(lost)).toThrow('add its dataDirectory');
});
