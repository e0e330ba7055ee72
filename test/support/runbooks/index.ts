export * from '../../../workflows/index';
export * from './shelf';
export * from './gates';
export * from './rehearsed';
import './expiring';
export * from './plain';
export * from '../../faults/runbooks';
export { default } from '../../../workflows/index';
export * from './incident';
