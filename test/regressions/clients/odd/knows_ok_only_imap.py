# Speaks after a greeting that begins with “* OK”, and waits for it for ever; insists on TLS.
from line import *

c = Line()
c.sock.settimeout(None)
while not c.read().startswith('* OK'):
    pass
for word in ('x1 STARTTLS', 'x2 LOGIN %(user)s %(password)s' % E, 'x3 SELECT INBOX', 'x4 FETCH 1 ENVELOPE'):
    if ' OK' not in c.ask(word)[-1]:
        sys.exit('refused')
    if word == 'x1 STARTTLS':
        c.tls()
c.send('x5 LOGOUT')
