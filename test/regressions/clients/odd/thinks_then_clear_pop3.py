# POP3; where STLS is not to be had it thinks for some seconds, and logs in all the same.
from line import *
c = Line()
c.reply()
try:
    secure = 'STLS' in c.ask('CAPA') and c.ask('STLS')[-1].startswith('+OK')
except EOFError:
    sys.exit('closed')
if secure:
    c.tls()
else:
    time.sleep(float(sys.argv[1]))
for word in ('USER ' + E['user'], 'PASS ' + E['password'], 'STAT', 'QUIT'):
    if c.ask(word)[-1][0] != '+':
        sys.exit('refused')
