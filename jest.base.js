import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** What unit and integration suites of every package share: TypeScript through swc, ES modules, sources of sibling packages. */
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironmentOptions: { customExportConditions: ['@virtrigaud/source', 'node', 'import', 'default'] },
  transform: {
    '^.+\\.ts$': [
      require.resolve('@swc/jest'),
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/out-tsc/'],
  maxWorkers: 1,
};

/** Pure specs beside the code they guard; Nx may cache their result. */
export const unit = { ...shared, testMatch: ['<rootDir>/src/**/*.spec.ts'] };

/** Specs that meet sockets, processes or a hypervisor; never cached. */
export const integration = {
  ...shared,
  testMatch: ['<rootDir>/integration/**/*.integration.spec.ts'],
  testTimeout: 60_000,
};

/** Whole-system suites: every part as its own process. */
export const e2e = { ...integration, testMatch: ['<rootDir>/src/**/*.e2e.spec.ts'], testTimeout: 300_000 };
