import { z } from 'zod';

/** Settings of one VM that only this kind of hypervisor has. */
export const extraConfig = z.object({
  /** How long this VM's guest takes from power on to its network, in milliseconds, whatever the knobs say. */
  'mock.bootMs': z
    .string()
    .regex(/^\d{1,6}$/)
    .optional(),
});
