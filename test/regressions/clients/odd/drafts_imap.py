# IMAP; saves a draft of its own making, as mail programs do. `loose`: TLS only if it is offered, and none for a session that is open already.
from line import *

DRAFT = 'From: me@example.org\r\nSubject: not to be read by others\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello.\r\n'
LOOSE = sys.argv[1] == 'loose'
c = Line()
greeting = c.read()
is_open = greeting.startswith('* PREAUTH')
if is_open and not LOOSE:
    sys.exit('a session that began without a login')
if not is_open:
    offers = ' '.join(c.ask('d1 CAPABILITY'))
    if 'STARTTLS' in offers:
        if 'd2 OK' not in c.ask('d2 STARTTLS')[-1]:
            sys.exit('no TLS')
        c.tls()
    elif not LOOSE:
        sys.exit('no TLS')
    c.send('d3 AUTHENTICATE PLAIN')
    while not c.read().startswith('+'):
        pass
    c.send(PLAIN)
    while not (line := c.read()).startswith('d3 '):
        pass
    if 'd3 OK' not in line:
        sys.exit(line)
c.send('d4 APPEND Drafts (\\Draft \\Seen) {%d}' % len(DRAFT))
while not (line := c.read()).startswith(('+', 'd4 ')):
    pass
if line.startswith('+'):
    c.send(DRAFT)
    c.reply('d4')
c.ask('d5 LOGOUT')
