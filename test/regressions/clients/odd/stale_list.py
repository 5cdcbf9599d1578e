# Goes by the list of logins from before TLS, or with `careful` by the one inside; leaves where that has none.
from line import *
kind, how = sys.argv[1], sys.argv[2]
c = Line()


def said(words):
    if words[-1].split(' ')[0] in ('NO', 'BAD') or ' NO' in words[-1] or ' BAD' in words[-1] or words[-1][:1] in '-45':
        sys.exit('refused: ' + words[-1])
    return ' '.join(words).upper()


def inside(question, before):
    """The list to go by, once TLS stands."""
    c.tls()
    return said(c.ask(question)) if how == 'careful' else before


if kind == 'smtp':
    c.reply()
    before = said(c.ask('EHLO stale.lab.test'))
    said(c.ask('STARTTLS'))
    listed = inside('EHLO stale.lab.test', before)
    if 'PLAIN' in listed:
        said(c.ask('AUTH PLAIN ' + PLAIN))
    elif 'LOGIN' in listed:
        for word in ('AUTH LOGIN', b64(E['user']), b64(E['password'])):
            said(c.ask(word))
    else:
        sys.exit('no login is listed')
    mail(c)
    c.ask('QUIT')
elif kind == 'imap':
    before = c.read().upper()
    if how == 'asks':
        before = said(c.ask('a1 CAPABILITY'))
    said(c.ask('a2 STARTTLS'))
    listed = inside('a3 CAPABILITY', before)
    if 'AUTH=PLAIN' in listed:
        said(c.ask('a4 AUTHENTICATE PLAIN ' + PLAIN))
    elif 'LOGINDISABLED' in listed:
        sys.exit('no login is listed')
    else:
        said(c.ask('a4 LOGIN %(user)s %(password)s' % E))
    c.ask('a5 SELECT INBOX')
    c.ask('a6 LOGOUT')
elif kind == 'pop3':
    c.read()
    before = said(c.ask('CAPA'))
    said(c.ask('STLS'))
    listed = inside('CAPA', before)
    if 'PLAIN' in listed:
        said(c.ask('AUTH PLAIN ' + PLAIN))
    elif 'USER' in listed:
        said(c.ask('USER ' + E['user']))
        said(c.ask('PASS ' + E['password']))
    else:
        sys.exit('no login is listed')
    c.ask('STAT')
    c.ask('QUIT')
