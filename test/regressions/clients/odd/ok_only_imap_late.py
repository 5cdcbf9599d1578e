# Waits for a greeting that begins with “* OK” for 12 s, and then logs in without one, in clear.
from line import *

c = Line()
c.sock.settimeout(12)
try:
    while not c.read().startswith('* OK'):
        pass
except TimeoutError:
    c.sock.settimeout(8)
    c.ask('x2 LOGIN %(user)s %(password)s' % E)
    sys.exit('no greeting')
for word in ('x1 STARTTLS', 'x2 LOGIN %(user)s %(password)s' % E, 'x3 SELECT INBOX', 'x4 FETCH 1 ENVELOPE'):
    if ' OK' not in c.ask(word)[-1]:
        sys.exit('refused')
    if word == 'x1 STARTTLS':
        c.tls()
c.send('x5 LOGOUT')
