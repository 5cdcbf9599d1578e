# SMTP; where anything goes wrong it comes back at once, as often as it is told, and never in clear.
from line import *
for _ in range(int(sys.argv[1])):
    try:
        c = Line()
        c.reply()
        c.ask('EHLO lab.test')
        assert c.ask('STARTTLS')[-1].startswith('220')
        c.tls()
        c.ask('EHLO lab.test')
        assert c.ask('AUTH PLAIN ' + PLAIN)[-1].startswith('235')
        mail(c)
        c.ask('QUIT')
        sys.exit(0)
    except (AssertionError, EOFError, OSError):
        c.sock.close()
sys.exit('gave up')
