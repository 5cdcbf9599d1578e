# POP3; of several SASL lines the last one counts; the buffer outlives STLS. With a word: an answer begins with fresh bytes.
import sys
from line import *
c = Line(keeps=True)


def capa():
    c.send('CAPA')
    lines = []
    c.lazy = len(sys.argv) > 1
    while not lines or lines[-1] != '.':
        lines.append(c.read())
        c.lazy = False
        if lines[0].startswith('-ERR'):
            break
    return [line.split(' ')[1:] for line in lines if line.startswith('SASL')] or [[]]


c.read()
capa()
assert c.ask('STLS')[-1].startswith('+OK')
c.tls()
mechanisms = capa()[-1]
if 'PLAIN' in mechanisms:
    said = c.ask('AUTH PLAIN ' + PLAIN)
elif 'LOGIN' in mechanisms:
    c.ask('AUTH LOGIN')
    c.ask(b64(E['user']))
    said = c.ask(b64(E['password']))
else:
    said = ['no way to log in']
if said[-1].startswith('+OK'):
    c.ask('STAT')
c.ask('QUIT')
