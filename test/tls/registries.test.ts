import { expect } from 'chai';

import { cipherSuite, cipherSuitesOf, type CipherClass } from '../../src/tls/cipher-suites.js';
import { alertName, groupName, knownGroups, signatureName, versionName } from '../../src/tls/registries.js';
import { usualCipherSuites } from '../../src/tls/build-hello.js';

describe('registries', () => {
  const suites: [number, string, CipherClass[]][] = [
    [0x0000, 'TLS_NULL_WITH_NULL_NULL', ['null', 'anon']],
    [0x0003, 'TLS_RSA_EXPORT_WITH_RC4_40_MD5', ['export', 'rc4', 'md5', 'static-rsa']],
    [0x0004, 'TLS_RSA_WITH_RC4_128_MD5', ['rc4', 'md5', 'static-rsa']],
    [0x0009, 'TLS_RSA_WITH_DES_CBC_SHA', ['des', 'cbc', 'static-rsa']],
    [0x000a, 'TLS_RSA_WITH_3DES_EDE_CBC_SHA', ['3des', 'cbc', 'static-rsa']],
    [0x0018, 'TLS_DH_anon_WITH_RC4_128_MD5', ['anon', 'rc4', 'md5', 'forward-secret']],
    [0x002f, 'TLS_RSA_WITH_AES_128_CBC_SHA', ['cbc', 'static-rsa']],
    [0x0031, 'TLS_DH_RSA_WITH_AES_128_CBC_SHA', ['cbc', 'static-dh']],
    [0x0039, 'TLS_DHE_RSA_WITH_AES_256_CBC_SHA', ['cbc', 'forward-secret']],
    [0x00a8, 'TLS_PSK_WITH_AES_128_GCM_SHA256', ['aead', 'psk']],
    [0x00ff, 'TLS_EMPTY_RENEGOTIATION_INFO_SCSV', ['signalling']],
    [0x1301, 'TLS_AES_128_GCM_SHA256', ['aead', 'tls13', 'forward-secret']],
    [0x1303, 'TLS_CHACHA20_POLY1305_SHA256', ['aead', 'tls13', 'forward-secret']],
    [0x1305, 'TLS_AES_128_CCM_8_SHA256', ['aead', 'tls13', 'forward-secret']],
    [0x5600, 'TLS_FALLBACK_SCSV', ['signalling']],
    [0xc002, 'TLS_ECDH_ECDSA_WITH_RC4_128_SHA', ['rc4', 'static-dh']],
    [0xc012, 'TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA', ['3des', 'cbc', 'forward-secret']],
    [0xc015, 'TLS_ECDH_anon_WITH_NULL_SHA', ['null', 'anon', 'forward-secret']],
    [0xc01a, 'TLS_SRP_SHA_WITH_3DES_EDE_CBC_SHA', ['3des', 'cbc', 'srp']],
    [0xc02f, 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', ['aead', 'forward-secret']],
    [0xc09c, 'TLS_RSA_WITH_AES_128_CCM', ['aead', 'static-rsa']],
    [0xcca8, 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', ['aead', 'forward-secret']],
    [0x1a1a, 'GREASE_0x1a1a', []],
    [0xfdfd, 'unknown_0xfdfd', []],
  ];
  for (const [id, name, classes] of suites) {
    it(`0x${id.toString(16)} is ${name}: ${classes.join(' ')}`, () => {
      expect(cipherSuite(id).name).to.equal(name);
      expect([...cipherSuite(id).classes]).to.have.members(classes);
    });
  }

  it('gives the numbers of a class', () => {
    expect(cipherSuitesOf('export').length).to.be.greaterThan(15);
    expect(cipherSuitesOf('anon', 'rc4')).to.deep.equal([0x0017, 0x0018, 0xc016]);
    expect(cipherSuitesOf('tls13')).to.include.members([0x1301, 0x1302, 0x1303]);
    expect(cipherSuitesOf()).not.to.include(0x00ff);
  });

  it('every suite has a mode that a check can speak about', () => {
    const ways: CipherClass[] = ['null', 'rc4', 'cbc', 'aead', 'gost'];
    const without = cipherSuitesOf()
      .map(cipherSuite)
      .filter(({ classes }) => !ways.some((way) => classes.has(way)));
    expect(without.map(({ name }) => name)).to.deep.equal([]);
  });

  it('a usual offer is free of what nobody should negotiate', () => {
    for (const version of ['SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const) {
      const offer = usualCipherSuites([version]).map(cipherSuite);
      expect(offer.length, version).to.be.greaterThan(2);
      expect(
        offer.filter(({ classes }) =>
          ['null', 'anon', 'export', 'psk', 'srp'].some((bad) => classes.has(bad as CipherClass)),
        ),
      ).to.deep.equal([]);
    }
    expect(
      usualCipherSuites(['TLSv1'])
        .map(cipherSuite)
        .filter(({ classes }) => classes.has('aead')),
    ).to.deep.equal([]);
  });

  const names: [string, string][] = [
    [versionName(0x0303), 'TLSv1.2'],
    [versionName(0x7f1c), '0x7f1c'],
    [groupName(23), 'secp256r1'],
    [groupName(29), 'x25519'],
    [groupName(30), 'x448'],
    [groupName(41), 'curveSM2'],
    [groupName(256), 'ffdhe2048'],
    [groupName(260), 'ffdhe8192'],
    [groupName(0x11ec), 'X25519MLKEM768'],
    [groupName(9999), '0x270f'],
    [signatureName(0x0804), 'rsa_pss_rsae_sha256'],
    [signatureName(0x0202), 'sha1+dsa'],
    [signatureName(0xffff), '0xffff'],
    [alertName(40), 'handshake_failure'],
    [alertName(48), 'unknown_ca'],
    [alertName(120), 'no_application_protocol'],
    [alertName(200), 'alert 200'],
  ];
  for (const [name, then] of names) it(then, () => expect(name).to.equal(then));

  it('has no group twice', () => expect(new Set(knownGroups()).size).to.equal(knownGroups().length));
});
