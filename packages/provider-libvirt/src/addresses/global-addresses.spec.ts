import { isIP } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { globalAddresses } from './global-addresses.ts';

describe('globalAddresses', () => {
  it.each([
    ['loopback is nobody', ['127.0.0.1', '::1'], []],
    ['link-local reaches the wire alone', ['169.254.7.1', 'fe80::1', 'fe80::5054:ff:fe00:1%eth0'], []],
    ['an agent may send prefixes', ['192.0.2.7/24', '2001:db8::7/64'], ['192.0.2.7', '2001:db8::7']],
    ['IPv4 comes first', ['2001:db8::7', '192.0.2.7'], ['192.0.2.7', '2001:db8::7']],
    ['each is shown once', ['192.0.2.7', '192.0.2.7', '2001:DB8::7', '2001:db8::7'], ['192.0.2.7', '2001:db8::7']],
    ['private networks are real ones', ['10.0.0.1', 'fd00::1'], ['10.0.0.1', 'fd00::1']],
    ['what is no address is left out', ['', 'n/a', '999.1.1.1', '0.0.0.0', '224.0.0.1', 'ff02::1', '::'], []],
  ])('P38 because %s', (_because, reported, expected) => {
    expect(globalAddresses(reported)).toEqual(expected);
  });

  it('P38 shows of anything that a guest or a lease claims addresses, each once, and nothing else', () => {
    // The agent is the guest's own program: it may say what it likes.
    const claimed = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.ipV4Extended(),
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.tuple(fc.ipV6(), fc.string({ maxLength: 9 })).map(([address, zone]) => `${address}%${zone}`),
      fc.tuple(fc.ipV4(), fc.integer()).map(([address, prefix]) => `${address}/${String(prefix)}`),
      fc.constantFrom(
        '::ffff:127.0.0.1',
        '::ffff:7f00:1',
        '127.1',
        '0x7f.0.0.1',
        '10.0.0.1\n10.0.0.2',
        'a'.repeat(99_999),
      ),
    );
    fc.assert(
      fc.property(fc.array(claimed, { maxLength: 50 }), (reported) => {
        const shown = globalAddresses(reported);
        expect(shown.filter((address) => isIP(address) === 0)).toEqual([]);
        expect(new Set(shown).size).toBe(shown.length);
        expect(shown.length).toBeLessThanOrEqual(reported.length);
        expect(shown.filter((address) => /^(127\.|::ffff:(127\.|7f))/.test(address))).toEqual([]);
        expect(globalAddresses(shown)).toEqual(shown);
      }),
      { numRuns: 500 },
    );
  });
});
