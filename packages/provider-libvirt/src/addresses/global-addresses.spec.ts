import { describe, expect, it } from '@jest/globals';
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
});
