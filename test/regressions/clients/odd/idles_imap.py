# IMAP; waits in IDLE for some seconds, and renews it. Careful.
from line import *
c = Line()
c.read()
if not any('STARTTLS' in each for each in c.ask('a1 CAPABILITY')) or 'a2 OK' not in c.ask('a2 STARTTLS')[-1]:
    sys.exit('no TLS')
c.tls()
c.ask('a3 LOGIN %(user)s %(password)s' % E)
c.ask('a4 SELECT INBOX')
for tag in ('a5', 'a6'):
    c.send(tag + ' IDLE')
    while not c.read().startswith('+'):
        pass
    time.sleep(float(sys.argv[1]))
    c.send('DONE')
    while not c.read().startswith(tag):
        pass
c.ask('a7 LOGOUT')
