# IMAP; the buffer outlives STARTTLS. LOGIN without a list, name and password as literals, as fdm does.
from line import *
c = Line(keeps=len(sys.argv) < 2)
c.read()
assert ' OK' in c.ask('1 STARTTLS')[-1]
c.tls()
c.send('2 LOGIN {%d}' % len(E['user']))
assert c.read().startswith('+'), 'unexpected'
c.send('%s {%d}' % (E['user'], len(E['password'])))
assert c.read().startswith('+'), 'unexpected'
c.send(E['password'])
assert ' OK' in c.reply('2')[-1]
c.ask('3 SELECT INBOX')
c.ask('4 LOGOUT')
