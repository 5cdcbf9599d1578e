# IMAP; insists on STARTTLS, its tags are the numbers below a thousand in an order drawn anew, the letter too.
import random
from line import *
letter = random.choice('abcdefghijklmnopqrstuvwxyz')
tags = iter(random.sample(range(1000), 100))
c = Line()
c.read()


def ask(words):
    tag = '%s%03d' % (letter, next(tags))
    c.send('%s %s' % (tag, words))
    return c.reply(tag)[-1]


ask('CAPABILITY')
assert ' OK' in ask('STARTTLS')
c.tls()
ask('CAPABILITY')
if ' OK' in ask('LOGIN %s %s' % (E['user'], E['password'])):
    ask('SELECT INBOX')
ask('LOGOUT')
