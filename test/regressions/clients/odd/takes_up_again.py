# Insists on TLS and logs in; where the server goes away in the work that follows, it takes up the session again.
# Words: smtp or imap; what counts (`lost`, `goodbye`; `idle`: no answer to a NOOP; `mailed`: no answer behind a first mail);
# then `loose`: with TLS as it is offered, or not verified where it is implicit.
from line import *
kind, what, how = sys.argv[1:4]
IMPLICIT = E['scheme'].endswith('s')


class Gone(Exception):
    pass


def answer(c, words):
    if kind == 'smtp':
        return c.ask(words)[-1]
    c.send(words)
    while True:
        line = c.read()
        if line.startswith(('* BYE', words.split(' ')[0] + ' ')):
            return line


def said(c, words):
    try:
        last = answer(c, words)
    except (OSError, EOFError):
        if what == 'lost' or what == 'idle' and 'NOOP' in words or what == 'mailed' and mailed:
            raise Gone()
        raise
    if last.startswith(('421', '* BYE')):
        if what == 'goodbye':
            raise Gone()
        sys.exit(last)
    if ' NO' in last or ' BAD' in last or last[:1] in '45':
        sys.exit(last)


def opened(loose):
    c = Line()
    if IMPLICIT:
        context = ssl._create_unverified_context() if loose else ssl.create_default_context(cafile=E['ca'])
        c.sock = context.wrap_socket(c.sock, server_hostname=E['servername'])
    c.read()
    if not IMPLICIT:
        listed = ' '.join(c.ask('EHLO lab.test' if kind == 'smtp' else 'c1 CAPABILITY'))
        if 'STARTTLS' in listed:
            said(c, 'STARTTLS' if kind == 'smtp' else 'c2 STARTTLS')
            c.tls()
        elif not loose:
            sys.exit('no TLS')
    if kind == 'smtp' and not c.ask('EHLO lab.test')[-1].startswith('250'):
        sys.exit('no list')
    said(c, 'AUTH PLAIN ' + PLAIN if kind == 'smtp' else 'c3 LOGIN %(user)s %(password)s' % E)
    return c


mailed = False


def work(c):
    global mailed
    if what == 'idle':
        said(c, 'NOOP' if kind == 'smtp' else 'c7 NOOP')
    if kind == 'smtp':
        for times in range(2 if what == 'mailed' and not mailed else 1):
            for word in ('MAIL FROM:<%(from)s>' % E, 'RCPT TO:<%(to)s>' % E, 'DATA', open(E['message'], newline='').read() + '.'):
                said(c, word)
            mailed = True
        c.ask('QUIT')
    else:
        for word in ('c4 SELECT INBOX', 'c5 FETCH 1 ENVELOPE'):
            said(c, word)
        mailed = True
        if what == 'mailed':
            said(c, 'c8 FETCH 1 FLAGS')
        c.ask('c6 LOGOUT')


c = opened(False)
try:
    work(c)
except Gone:
    work(opened(how == 'loose'))
