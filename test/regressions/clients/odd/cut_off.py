# Does without TLS where it is refused, and loses its connection in the middle of what it says then; the first word says of what.
from line import *

kind = sys.argv[1]


def cut(text):
    """Half of a command, and no more."""
    c.sock.sendall(text.encode())
    time.sleep(0.1)
    sys.exit('the connection is gone')


c = Line()
if kind == 'sieve':

    def sieve(word=''):
        if word:
            c.send(word)
        lines = [c.read()]
        while lines[-1][:2] not in ('OK', 'NO', 'BY'):
            lines.append(c.read())
        return lines[-1]

    sieve()
    if not sieve('STARTTLS').startswith('OK'):
        cut('PUTSCRIPT "x" {9000+}\r\nif header :contains "subject" "secret" { keep; }\r\n')
    c.tls()
    sieve()
    assert sieve('AUTHENTICATE "PLAIN" "%s"' % PLAIN).startswith('OK')
    sieve('LOGOUT')
elif kind == 'smtp':
    c.reply()
    c.ask('EHLO odd.lab.test')
    if not c.ask('STARTTLS')[-1].startswith('220'):
        cut('AUTH PLAIN ' + PLAIN[:20])
    c.tls()
    c.ask('EHLO odd.lab.test')
    assert c.ask('AUTH PLAIN ' + PLAIN)[-1].startswith('235')
    c.ask('QUIT')
elif kind == 'pop3':
    c.reply()
    if not c.ask('STLS')[-1].startswith('+OK'):
        cut('PASS ' + E['password'][:10])
    c.tls()
    assert c.ask('USER ' + E['user'])[-1].startswith('+OK')
    assert c.ask('PASS ' + E['password'])[-1].startswith('+OK')
    c.ask('QUIT')
