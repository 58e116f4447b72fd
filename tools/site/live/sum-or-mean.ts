export { mount } from '@ais/live-pages/sum-or-mean';
