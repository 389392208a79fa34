export { integration as default } from '../../jest.base.js';
