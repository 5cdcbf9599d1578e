import { defineCertificateCheck } from './certificate-check.js';
import { info, notApplicable, pass } from './check.js';
import { oneOfEachKind } from './subjects.js';

export default defineCertificateCheck({
  id: 'certificate-timestamps-missing',
  title: 'The certificate of a public authority is in transparency logs',
  why: 'In public logs, the owner of a name finds every certificate that was issued for it, also one that an attacker got. Apple’s clients want the proof (signed certificate timestamps) from public authorities.',
  references: ['RFC 9162 §6', 'RFC 6962 §3.3'],
  severity: 'info',
  judge: ({ hasTransparencyProofs, claimsPublicRules }, { anchor }) => {
    if (hasTransparencyProofs) return pass('the certificate has signed certificate timestamps');
    // A private authority logs nothing.
    return anchor === 'system' || claimsPublicRules
      ? info('the certificate of a public authority has no signed certificate timestamps in it')
      : notApplicable('the authority is not one of the public ones');
  },
  remedy: { 'any server': 'a new certificate: public authorities put the timestamps into it' },
  byHand: { openssl: '-showcerts | openssl x509 -noout -text | grep -A2 "CT Precertificate SCTs"' },
  flaw: {
    name: 'shows a certificate like those of public authorities, but without timestamps',
    server: { certificate: 'not-logged' },
    then: 'info',
    roles: oneOfEachKind,
  },
  covers: ['srv-cert-sct'],
  examples: [
    { given: { anchor: 'system', leaf: { hasTransparencyProofs: true } }, then: 'pass' },
    { given: { anchor: 'system', leaf: { hasTransparencyProofs: false } }, then: 'info' },
    { given: { leaf: { hasTransparencyProofs: false, claimsPublicRules: true } }, then: 'info' },
    {
      given: { anchor: 'given', leaf: { hasTransparencyProofs: false, claimsPublicRules: false } },
      then: 'not-applicable',
    },
    { given: { leaf: { hasTransparencyProofs: false, claimsPublicRules: false } }, then: 'not-applicable' },
  ],
});
