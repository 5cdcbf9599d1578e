# SMTP; tries so many times to have TLS where the handshake fails. Words: tries; then `loose`: and goes on without TLS if it is not listed then.
from line import *
tries, how = int(sys.argv[1]), sys.argv[2]


def opened(strict):
    c = Line()
    c.reply()
    if any('STARTTLS' in each for each in c.ask('EHLO lab.test')):
        if not c.ask('STARTTLS')[-1].startswith('220'):
            sys.exit('refused')
        c.tls()
        c.ask('EHLO lab.test')
    elif strict:
        sys.exit('no TLS')
    if c.ask('AUTH PLAIN ' + PLAIN)[-1][0] != '2':
        sys.exit('no login')
    return c


for _ in range(tries):
    try:
        c = opened(True)
        break
    except (OSError, EOFError):
        pass
else:
    if how != 'loose':
        sys.exit('gave up')
    c = opened(False)
mail(c)
c.ask('QUIT')
