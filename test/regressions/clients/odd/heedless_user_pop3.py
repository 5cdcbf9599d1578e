# POP3; the buffer outlives STLS and is read when new bytes come. The answer to USER is read and ignored, that to PASS counts.
from line import *
c = Line(keeps=len(sys.argv) < 2, lazy=True)
c.read()
assert c.ask('STLS')[-1].startswith('+OK')
c.tls()
c.send('USER ' + E['user'])
c.read()
c.send('PASS ' + E['password'])
assert c.read().startswith('+OK'), 'no login'
c.send('STAT')
c.read()
c.send('QUIT')
