# Logs in with one mechanism only, where it is listed inside TLS; `loose`: where TLS is refused, too. `at-once`: in one line.
from line import *
import hashlib, hmac
kind, mechanism, words = sys.argv[1], sys.argv[2], sys.argv[3:]
c = Line()
SAY = {
    'smtp': (lambda: c.reply(), 'STARTTLS', 'EHLO one.lab.test', 'AUTH ', '235', ''),
    'imap': (lambda: [c.read()], 'a1 STARTTLS', 'a2 CAPABILITY', 'a3 AUTHENTICATE ', ' OK', 'a3'),
    'pop3': (lambda: [c.read()], 'STLS', 'CAPA', 'AUTH ', '+OK', ''),
}
greeting, starttls, ask, login, good, tag = SAY[kind]


def step(token):
    c.send(token)
    return c.reply(tag)[-1]


def challenge(line):
    if line[:3] != '334' and line[:2] != '+ ' and line != '+':
        sys.exit('refused: ' + line)
    return base64.b64decode(line.split(' ', 1)[1]) if ' ' in line else b''


def scram_plus():
    """SCRAM-SHA-256-PLUS, bound to the server's certificate (tls-server-end-point, RFC 5929)."""
    bound = b'p=tls-server-end-point,,'
    certificate = c.sock.getpeercert(True) if hasattr(c.sock, 'getpeercert') else b''
    bare = 'n=%s,r=mine' % E['user']
    first = challenge(step(base64.b64encode(bound + bare.encode()).decode())).decode()
    nonce, salt, count = (each.split('=', 1)[1] for each in first.split(','))
    cbind = base64.b64encode(bound + hashlib.sha256(certificate).digest()).decode()
    salted = hashlib.pbkdf2_hmac('sha256', E['password'].encode(), base64.b64decode(salt), int(count))
    sign = lambda key, text: hmac.new(key, text, hashlib.sha256).digest()
    key = sign(salted, b'Client Key')
    final = 'c=%s,r=%s' % (cbind, nonce)
    proof = sign(hashlib.sha256(key).digest(), ','.join((bare, first, final)).encode())
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, proof))).decode()
    challenge(step(base64.b64encode((final + ',p=' + proof).encode()).decode()))
    return step('')


greeting()
if kind == 'smtp':
    c.ask(ask)
answer = c.ask(starttls)[-1]
if '220' in answer or ' OK' in answer or answer[:3] == '+OK':
    c.tls()
elif 'loose' not in words:
    sys.exit('no TLS')
if mechanism not in ' '.join(c.ask(ask)) and 'loose' not in words:
    sys.exit('not listed')
if mechanism.endswith('-PLUS'):
    challenge(c.ask(login + mechanism)[-1])
    answer = scram_plus()
else:
    ticket = base64.b64encode(b'\x60\x82\x01\x00\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02' + os.urandom(200)).decode()
    token = ticket if mechanism == 'GSSAPI' else '' if 'nameless' in words else b64(E['user'])
    if 'at-once' in words:
        answer = c.ask(login + mechanism + ' ' + (token or '='))[-1]
    else:
        challenge(c.ask(login + mechanism)[-1])
        answer = step(token)
if good not in answer:
    sys.exit('refused: ' + answer)
if kind == 'smtp':
    mail(c)
    c.ask('QUIT')
elif kind == 'imap':
    c.ask('a4 SELECT INBOX')
    c.ask('a5 LOGOUT')
else:
    c.ask('STAT')
    c.ask('QUIT')
