# IMAP, CRAM-MD5 where it is listed, else LOGIN; the buffer outlives STARTTLS and is read when new bytes come.
import hashlib, hmac
from line import *
c = Line(keeps=True, lazy=True)
c.read()
c.ask('a1 CAPABILITY')
assert ' OK' in c.ask('a2 STARTTLS')[-1]
c.tls()
if any('AUTH=CRAM-MD5' in line for line in c.ask('a3 CAPABILITY')):
    c.send('a4 AUTHENTICATE CRAM-MD5')
    challenge = base64.b64decode(c.read()[2:])
    c.send(b64('%s %s' % (E['user'], hmac.new(E['password'].encode(), challenge, hashlib.md5).hexdigest())))
    assert ' OK' in c.reply('a4')[-1]
else:
    assert ' OK' in c.ask('a4 LOGIN %s %s' % (E['user'], E['password']))[-1]
c.ask('a5 SELECT INBOX')
c.ask('a6 LOGOUT')
