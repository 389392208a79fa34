import { unit } from '../../jest.base.js';

/** The statistics of the benchmark are pure, and guarded like everything that is. */
export default { ...unit, testMatch: [...unit.testMatch, '<rootDir>/bench/**/*.spec.ts'] };
