import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { directAlignment } from '../objectives/direct-alignment.js';
import { hinge } from './hinge.js';

const withLoss = ({ beta }: { beta: number }) => directAlignment({ loss: hinge(), beta });

conforms(withLoss, { optionsArbitrary: fc.record({ beta }), golden: goldenOf('hinge') });
