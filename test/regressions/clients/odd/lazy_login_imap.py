# IMAP, LOGIN only; the buffer outlives STARTTLS and is read when new bytes come.
from line import *
c = Line(keeps=True, lazy=True)
c.read()
c.ask('a1 CAPABILITY')
assert ' OK' in c.ask('a2 STARTTLS')[-1]
c.tls()
assert ' OK' in c.ask('a3 CAPABILITY')[-1]
assert ' OK' in c.ask('a4 LOGIN %s %s' % (E['user'], E['password']))[-1]
c.ask('a5 SELECT INBOX')
c.ask('a6 LOGOUT')
