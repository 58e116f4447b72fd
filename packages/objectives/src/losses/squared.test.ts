import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { directAlignment } from '../objectives/direct-alignment.js';
import { squared } from './squared.js';

const withLoss = ({ beta }: { beta: number }) => directAlignment({ loss: squared(), beta });

conforms(withLoss, { optionsArbitrary: fc.record({ beta }), golden: goldenOf('squared') });
