# Keeps its buffer over TLS, or not; asks for the list twice, and goes by the second one.
import hmac
from line import *

kind = sys.argv[1]
c = Line(keeps='careful' not in kind)
def need(w, r, *s):
    print(w, repr(r), file=sys.stderr)
    if not r[-1].startswith(s): sys.exit('no: %r' % r)
    return r
c.read()
if kind.startswith('smtp'):
    c.ask('EHLO odd'); need('tls', c.ask('STARTTLS'), '2'); c.tls()
    need('EHLO', c.ask('EHLO odd'), '250')
    lines = ' '.join(need('EHLO', c.ask('EHLO odd'), '250'))
    auth = lambda r: ('334',) if 'strict' in kind else ('2', '3')
    if ' PLAIN' in lines and 'plain' in kind: need('AUTH', c.ask('AUTH PLAIN ' + PLAIN), '2')
    elif 'CRAM' in lines and not 'login' in kind:
        ch = need('AUTH', c.ask('AUTH CRAM-MD5'), *auth(0))[-1]
        try: t = base64.b64decode(ch[4:])
        except ValueError: t = ch.encode()
        need('CRAM', c.ask(b64(E['user'] + ' ' + hmac.new(E['password'].encode(), t, 'md5').hexdigest())), '2')
    elif 'LOGIN' in lines:
        need('AUTH', c.ask('AUTH LOGIN'), *auth(0)); need('user', c.ask(b64(E['user'])), '2', '3'); need('pw', c.ask(b64(E['password'])), '235')
    elif ' PLAIN' in lines: need('AUTH', c.ask('AUTH PLAIN ' + PLAIN), '2')
    else: sys.exit('nothing offered')
    c.send('QUIT')
else:
    need('tls', c.ask('STLS'), '+OK'); c.tls()
    def capa():
        c.send('CAPA'); r = [c.read()]
        while r[-1] != '.': r.append(c.read())
        print('capa', r, file=sys.stderr); return ' '.join(r)
    capa(); lines = capa()
    if 'USER' in lines and kind == 'pop3-user': need('USER', c.ask('USER ' + E['user']), '+OK'); need('PASS', c.ask('PASS ' + E['password']), '+OK')
    elif 'PLAIN' in lines: need('AUTH', c.ask('AUTH PLAIN ' + PLAIN), '+OK')
    else: sys.exit('nothing')
    c.send('QUIT')
