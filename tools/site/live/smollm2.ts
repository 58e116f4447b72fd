export { mount } from '@ais/live-pages/smollm2';
