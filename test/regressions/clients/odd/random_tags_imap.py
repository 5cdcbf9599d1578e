# IMAP; insists on STARTTLS, each tag drawn anew, and takes any line with its tag for the answer, early ones too.
import secrets
from line import *
c = Line()
c.read()


def ask(words):
    tag = secrets.token_hex(4)
    c.send('%s %s' % (tag, words))
    return c.reply(tag)[-1]


ask('CAPABILITY')
assert ' OK' in ask('STARTTLS')
c.tls()
ask('CAPABILITY')
if ' OK' in ask('LOGIN %s %s' % (E['user'], E['password'])):
    ask('SELECT INBOX')
ask('LOGOUT')
