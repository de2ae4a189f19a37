import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressFault } from '../../../src/platform/notifications/receiver-address.ts';

const fault = (url: string): string | null => addressFault(url, { allowLoopback: false });

describe('addresses', () => {
  const open = [
    'https://hooks.slack.com/services/T0/B0/x',
    'https://events.pagerduty.com/v2/enqueue',
    'https://example.com:8443/a?b=c',
    'https://8.8.8.8/',
    'https://172.32.0.1/',
    'https://100.128.0.1/',
    'https://[2606:4700:4700::1111]/',
    'https://internal.example.com/',
    'https://xn--bcher-kva.com/',
    'https://example.com./',
    'https://example.com:443/',
    'https://example.com:1024/',
    'https://svc.example.com/',
    'https://consul.io/',
  ];
  test.each(open)('[NTF-18] %s may be sent to', (url) => {
    expect(fault(url)).toBeNull();
  });

  const refused: readonly (readonly [fault: string, urls: readonly string[]])[] = [
    [
      'not_a_url',
      ['', 'example.com', 'https://', 'https://1.2.3.4.5.6.256.1:x/', `https://a.com/${'x'.repeat(2_048)}`],
    ],
    [
      'not_https',
      ['http://example.com/', 'ftp://example.com/', 'file:///etc/passwd', 'data:text/plain,x', 'gopher://8.8.8.8/'],
    ],
    ['has_credentials', ['https://user@example.com/', 'https://user:pw@example.com/', 'https://example.com@10.0.0.1/']],
    [
      'private_name',
      [
        'https://localhost/',
        'https://LOCALHOST./',
        'https://a.localhost/',
        'https://metadata.google.internal/computeMetadata',
        'https://printer.local/',
        'https://printer.local../',
        'https://intranet/',
        'https://router.lan/',
        'https://box.home.arpa/',
        'https://1.0.0.127.in-addr.arpa/',
        'https://x.test/',
        'https://kubernetes.default.svc/',
        'https://api.default.svc.cluster.local/',
        'https://vault.service.consul/',
        'https://printer.localnet/',
        'https://db.corp/',
        'https://nas.home/',
        'https://a..b/',
        'https://.example.com/',
        'https://example.com../',
        `https://${'a'.repeat(64)}.com/`,
        'https://ｌｏｃａｌｈｏｓｔ/',
      ],
    ],
    [
      'other_port',
      [
        'https://example.net:22/',
        'https://example.net:25/',
        'https://example.net:80/',
        'https://example.net:1023/',
        'https://8.8.8.8:853/',
      ],
    ],
    [
      'private_address',
      [
        'https://127.0.0.1/',
        'https://127.1/',
        'https://2130706433/',
        'https://0x7f000001/',
        'https://0x7f.0.0.1/',
        'https://0177.0.0.1/',
        'https://017700000001/',
        'https://0x7f.1/',
        'https://127.0.0.1./',
        'https://%31%32%37.0.0.1/',
        'https://①②⑦.0.0.1/',
        'https://127。0。0。1/',
        'https://0/',
        'https://0.0.0.0/',
        'https://10.1.2.3/',
        'https://100.64.0.1/',
        'https://169.254.169.254/latest/meta-data/',
        'https://0xa9fea9fe/',
        'https://172.16.0.1/',
        'https://172.31.255.255/',
        'https://192.0.0.1/',
        'https://192.168.0.1/',
        'https://3232235521/',
        'https://198.18.0.1/',
        'https://198.19.255.255/',
        'https://224.0.0.1/',
        'https://255.255.255.255/',
        'https://[::]/',
        'https://[::1]/',
        'https://[0:0:0:0:0:0:0:1]/',
        'https://[::ffff:127.0.0.1]/',
        'https://[::ffff:7f00:1]/',
        'https://[::ffff:8.8.8.8]/',
        'https://[::127.0.0.1]/',
        'https://[64:ff9b::10.0.0.1]/',
        'https://[64:ff9b:1::1]/',
        'https://[fc00::1]/',
        'https://[fd12:3456::1]/',
        'https://[fe80::1]/',
        'https://[fec0::1]/',
        'https://[ff02::1]/',
        'https://[100::1]/',
        'https://[2001::1]/',
        'https://[2001:db8::1]/',
        'https://[2002:7f00:1::]/',
        'https://[3fff::1]/',
      ],
    ],
  ];
  test.each(refused.flatMap(([reason, urls]) => urls.map((url) => [url, reason] as const)))(
    '[NTF-18] %s is refused as %s',
    (url, reason) => {
      expect(fault(url)).toBe(reason);
    },
  );

  test('[NTF-18] every private IPv4 address is refused in every spelling of it', () => {
    const ranges = [
      [0x0a000000, 0x0affffff],
      [0x7f000000, 0x7fffffff],
      [0xa9fe0000, 0xa9feffff],
      [0xac100000, 0xac1fffff],
      [0xc0a80000, 0xc0a8ffff],
      [0x64400000, 0x647fffff],
    ] as const;
    const address = fc.oneof(...ranges.map(([min, max]) => fc.integer({ min, max })));
    const numeral = fc.constantFrom(
      (part: number) => String(part),
      (part: number) => `0x${part.toString(16)}`,
      (part: number) => `0${part.toString(8)}`,
    );
    fc.assert(
      fc.property(
        address,
        fc.integer({ min: 1, max: 4 }),
        fc.array(numeral, { minLength: 4, maxLength: 4 }),
        (ip, count, write) => {
          // The first parts are bytes, the last one is all the rest.
          const bytes = [24, 16, 8].slice(0, count - 1).map((shift) => (ip >>> shift) & 0xff);
          const rest = count === 1 ? ip >>> 0 : (ip & (2 ** (32 - 8 * (count - 1)) - 1)) >>> 0;
          const host = [...bytes, rest].map((part, index) => write[index]!(part)).join('.');
          expect(fault(`https://${host}/`), host).toBe('private_address');
          const mapped = `[::ffff:${(ip >>> 16).toString(16)}:${(ip & 0xffff).toString(16)}]`;
          expect(fault(`https://${mapped}/`), mapped).toBe('private_address');
        },
      ),
      { seed: 17, numRuns: 1_000 },
    );
  });

  test('[NTF-18] loopback, and http to it, is open only where the setting says so, and nothing else is', () => {
    const allowed = (url: string) => addressFault(url, { allowLoopback: true });
    for (const url of ['http://127.0.0.1:8080/x', 'http://localhost/', 'https://[::1]:1/', 'http://127.9.9.9/'])
      expect([allowed(url), fault(url) === null]).toEqual([null, false]);
    expect(
      ['http://10.0.0.1/', 'http://example.com/', 'https://192.168.0.1/', 'ftp://localhost/'].map(allowed),
    ).toEqual(['not_https', 'not_https', 'private_address', 'not_https']);
  });
});
