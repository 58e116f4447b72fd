export { mount } from '@ais/live-pages/over-optimization';
