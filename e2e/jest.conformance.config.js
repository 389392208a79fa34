import { integration } from '../jest.base.js';

export default {
  ...integration,
  testMatch: ['<rootDir>/conformance/**/*.conformance.spec.ts'],
  // Providers are waited for more than they are computed.
  maxWorkers: 2,
  testTimeout: 600_000,
};
