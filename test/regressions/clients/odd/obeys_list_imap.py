# IMAP; never starts TLS, and says LOGIN only where it is not disabled.
from line import *
c = Line()
c.read()
if any('LOGINDISABLED' in line for line in c.ask('a1 CAPABILITY')):
    sys.exit('login is disabled')
c.ask('a2 LOGIN %s %s' % (E['user'], E['password']))
c.ask('a3 LOGOUT')
