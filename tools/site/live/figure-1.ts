export { mount } from '@ais/live-pages/figure-1';
