# POP3, USER and PASS; the buffer outlives STLS and is read when new bytes come.
from line import *
c = Line(keeps=True, lazy=True)
c.read()
c.ask('CAPA')
assert c.ask('STLS')[-1].startswith('+OK')
c.tls()
for word in ('USER ' + E['user'], 'PASS ' + E['password'], 'STAT'):
    assert c.ask(word)[-1].startswith('+OK'), word.split(' ')[0]
c.ask('QUIT')
