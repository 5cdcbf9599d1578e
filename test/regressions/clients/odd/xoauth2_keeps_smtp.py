# SMTP, XOAUTH2 where the list has it, else nothing; the buffer outlives STARTTLS.
from line import *
c = Line(keeps=True)
c.reply()
c.ask('EHLO lab.test')
assert c.ask('STARTTLS')[-1].startswith('220')
c.tls()
if any('XOAUTH2' in line for line in c.ask('EHLO lab.test')):
    if c.ask('AUTH XOAUTH2 ' + b64('user=%s\1auth=Bearer %s\1\1' % (E['user'], E['token'])))[-1][0] == '2':
        mail(c)
c.ask('QUIT')
