export default {
  testEnvironment: 'node',
  transform: {},
  testMatch: ['<rootDir>/**/*.spec.js'],
  maxWorkers: 1,
  testTimeout: 120_000,
};
